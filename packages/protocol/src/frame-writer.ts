import type { Duplex } from 'node:stream'

import { encodeFrame } from './frame.ts'

/**
 * Writes frames to a stream, all of one turn of the event loop in a single write: under load that is one system call,
 * and one wake-up of every relay on the way, for dozens of messages.
 */
export class FrameWriter {
  readonly #stream: Duplex
  readonly #onWritten: () => void
  #frames: Buffer[] = []
  #frameBytes = 0

  /**
   * `onWritten` is told whenever the other end has taken what was written. It stands in for `drain`, which a stream emits
   * only after more than its own high-water mark was waiting.
   */
  constructor (stream: Duplex, onWritten: () => void = () => undefined) {
    this.#stream = stream
    this.#onWritten = onWritten
  }

  /** Bytes that were sent and that the other end has not taken. */
  get bufferedBytes (): number {
    return this.#frameBytes + this.#stream.writableLength
  }

  /**
   * Sends a payload at the end of this turn of the event loop.
   *
   * @throws ProtocolError `FRAME_TOO_LARGE`; nothing is sent then.
   */
  send (payload: string): void {
    const frame = encodeFrame(payload)
    if (this.#frames.length === 0) setImmediate(this.#flush)
    this.#frames.push(frame)
    this.#frameBytes += frame.length
  }

  /** Sends what is waiting and ends the stream. */
  end (): void {
    this.#flush()
    if (!this.#stream.writableEnded) this.#stream.end()
  }

  readonly #flush = (): void => {
    const frames = this.#frames
    const [first] = frames
    if (first === undefined) return
    this.#frames = []
    this.#frameBytes = 0
    if (!this.#stream.writable) return
    this.#stream.write(frames.length === 1 ? first : Buffer.concat(frames), this.#settleWrite)
  }

  readonly #settleWrite = (error: Error | null | undefined): void => {
    if (error === null || error === undefined) this.#onWritten()
  }
}
