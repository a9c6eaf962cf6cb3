import { readSync } from 'node:fs'

import { maxLineBytes } from './chained-line.ts'

/** A piece of a file up to a newline, or up to the end of the file. */
export interface RawLine {
  /** Without the newline; valid until the next line is asked for. Of a line longer than any that is written, only its beginning. */
  readonly bytes: Buffer
  /** Of its first byte in the file. */
  readonly offset: number
  /** Without the newline. */
  readonly length: number
  /** Whether a newline follows. */
  readonly whole: boolean
}

const chunkBytes = 256 * 1024

/** Every line of an open file in turn, in bounded memory whatever the file holds. An empty file has none. */
export function * rawLines (descriptor: number): Generator<RawLine, void, undefined> {
  const buffer = Buffer.alloc(maxLineBytes + chunkBytes)
  let kept = 0
  let offset = 0
  let dropped = 0
  for (;;) {
    const read = readSync(descriptor, buffer, kept, chunkBytes, offset + dropped + kept)
    const filled = kept + read
    let start = 0
    for (let end = buffer.indexOf(0x0a, start); end >= 0 && end < filled; end = buffer.indexOf(0x0a, start)) {
      const length = dropped + end - start
      yield { bytes: buffer.subarray(start, end), offset, length, whole: true }
      offset += length + 1
      start = end + 1
      dropped = 0
    }
    kept = filled - start
    if (read === 0) {
      if (kept + dropped > 0) yield { bytes: buffer.subarray(start, filled), offset, length: dropped + kept, whole: false }
      return
    }
    buffer.copy(buffer, 0, start, filled)
    if (kept <= maxLineBytes) continue
    dropped += kept - maxLineBytes
    kept = maxLineBytes
  }
}
