import { ProtocolError } from './errors.ts'
import { maxFrameBytes } from './limits.ts'

const headerBytes = 4
const nothing = Buffer.alloc(0)

/**
 * One frame: the payload's length as a 4-byte big-endian number, then the payload in UTF-8.
 *
 * @throws ProtocolError `FRAME_EMPTY` or `FRAME_TOO_LARGE`.
 */
export function encodeFrame (payload: string): Buffer {
  const payloadBytes = Buffer.byteLength(payload)
  checkLength(payloadBytes)
  const frame = Buffer.allocUnsafe(headerBytes + payloadBytes)
  frame.writeUInt32BE(payloadBytes, 0)
  frame.write(payload, headerBytes, 'utf8')
  return frame
}

/**
 * Cuts a byte stream into payloads, whatever the pieces it arrives in. Payloads are taken one by one, so that a reader can
 * stop between two of them. Holds the bytes pushed last and at most one payload, never more than was announced, and never
 * allocates for an announcement over the limit.
 */
export class FrameDecoder {
  readonly #header = Buffer.alloc(headerBytes)
  #headerFilled = 0
  #payload: Buffer | undefined
  #payloadFilled = 0
  #chunk: Buffer = nothing
  #offset = 0

  /** Whether bytes have come that no payload has been taken for. */
  get incomplete (): boolean {
    return this.#headerFilled > 0 || this.#offset < this.#chunk.length
  }

  /** Takes in the next bytes of the stream. */
  push (chunk: Buffer): void {
    this.#chunk = this.#offset < this.#chunk.length ? Buffer.concat([this.#chunk.subarray(this.#offset), chunk]) : chunk
    this.#offset = 0
  }

  /**
   * The oldest payload that has come whole and was not taken yet; undefined where there is none. A payload may share
   * memory with the bytes pushed.
   *
   * @throws ProtocolError `FRAME_EMPTY` or `FRAME_TOO_LARGE`, after every payload that came before it, and from then on always.
   */
  next (): Buffer | undefined {
    const payload = this.#readHeader() ? this.#readPayload(this.#header.readUInt32BE(0)) : undefined
    if (payload === undefined) {
      this.#chunk = nothing
      this.#offset = 0
    } else {
      this.#headerFilled = 0
    }
    return payload
  }

  /**
   * Says that the stream has ended.
   *
   * @throws ProtocolError `FRAME_TRUNCATED` when it ended inside a frame.
   */
  end (): void {
    if (this.incomplete) throw new ProtocolError('FRAME_TRUNCATED', 'the stream ended inside a frame')
  }

  #readHeader (): boolean {
    if (this.#headerFilled < headerBytes) {
      this.#headerFilled += this.#copyTo(this.#header, this.#headerFilled)
    }
    return this.#headerFilled === headerBytes
  }

  #readPayload (payloadBytes: number): Buffer | undefined {
    if (this.#payload === undefined) {
      checkLength(payloadBytes)
      if (this.#chunk.length - this.#offset >= payloadBytes) {
        this.#offset += payloadBytes
        return this.#chunk.subarray(this.#offset - payloadBytes, this.#offset)
      }
      this.#payload = Buffer.allocUnsafe(payloadBytes)
      this.#payloadFilled = 0
    }
    const payload = this.#payload
    this.#payloadFilled += this.#copyTo(payload, this.#payloadFilled)
    if (this.#payloadFilled < payloadBytes) return undefined
    this.#payload = undefined
    return payload
  }

  #copyTo (target: Buffer, filled: number): number {
    const copied = this.#chunk.copy(target, filled, this.#offset)
    this.#offset += copied
    return copied
  }
}

function checkLength (payloadBytes: number): void {
  if (payloadBytes === 0) throw new ProtocolError('FRAME_EMPTY', 'a frame without a payload')
  if (payloadBytes > maxFrameBytes) {
    throw new ProtocolError('FRAME_TOO_LARGE', `a frame of ${payloadBytes} bytes; at most ${maxFrameBytes} are taken`)
  }
}
