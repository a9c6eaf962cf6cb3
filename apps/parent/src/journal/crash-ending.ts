import { beginningOf, decodeLine, hasTail } from './chained-line.ts'
import type { ChainHead } from './chained-line.ts'

/**
 * Whether a crash can have left bytes after the line `head`: the beginning of the next line, and zeros behind it where the file had grown
 * and what belongs there never arrived. A line that is there up to its end was written whole, and somebody may have been told of it: where
 * it does not fit its hash, it has been changed since.
 */
export function isLeftByCrash (bytes: Buffer, head: ChainHead): boolean {
  const written = bytes.subarray(0, bytes.findLastIndex(byte => byte !== 0) + 1)
  const beginning = Buffer.from(beginningOf(head)).subarray(0, written.length)
  if (!beginning.equals(written.subarray(0, beginning.length)) || written.includes(0)) return false
  return !hasTail(written) || (written.length < bytes.length && decodeLine(written) !== undefined)
}
