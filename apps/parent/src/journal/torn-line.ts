import { createHash } from 'node:crypto'
import { readSync } from 'node:fs'

/** A line that was begun and not finished, at the end of a file: more than its newline is missing. */
export interface TornLine {
  /** Without the newline that it never got. */
  readonly bytes: number
  /** Lower-case hexadecimal. */
  readonly sha256: string
}

const chunkBytes = 256 * 1024

/** What an open file holds from `offset` to before `end`, as a recovery record names it. */
export function tornLineOf (descriptor: number, offset: number, end: number): TornLine {
  const digest = createHash('sha256')
  const buffer = Buffer.alloc(Math.min(end - offset, chunkBytes))
  for (let position = offset; position < end;) {
    const read = readSync(descriptor, buffer, 0, Math.min(buffer.length, end - position), position)
    if (read === 0) break
    digest.update(buffer.subarray(0, read))
    position += read
  }
  return { bytes: end - offset, sha256: digest.digest('hex') }
}

/** Whether a recovery record says just this. */
export function isTornLine (said: unknown, { bytes, sha256 }: TornLine): boolean {
  return typeof said === 'object' && said !== null && 'bytes' in said && said.bytes === bytes && 'sha256' in said && said.sha256 === sha256
}
