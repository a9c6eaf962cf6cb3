import type { ServerResponse } from 'node:http'

import { commentOf, eventOf } from './event-stream.ts'
import type { KeptLines } from './kept-lines.ts'

/** What a client wants. */
export interface LineStreamOptions {
  /** The number of the line it had last. */
  readonly after: number
  /** Only the lines of the enclave of this name. */
  readonly enclave: string | undefined
  readonly heartbeatMs: number
}

/**
 * Lines to one client, from where it left off. It gets them as fast as it takes them, and nothing waits for it in memory but its place
 * among the lines that are kept anyway; when the next line for it is no longer there, or it takes nothing from one heartbeat to the next,
 * it is cut off.
 */
export class LineStream {
  readonly #lines: KeptLines
  readonly #response: ServerResponse
  readonly #enclave: string | undefined
  readonly #heartbeatMs: number
  #position: number
  #blocked = false
  #stop: () => void = () => undefined

  constructor (lines: KeptLines, response: ServerResponse, { after, enclave, heartbeatMs }: LineStreamOptions) {
    this.#lines = lines
    this.#response = response
    this.#enclave = enclave
    this.#heartbeatMs = heartbeatMs
    // A number that was never given is of another life: the client begins anew.
    this.#position = after > lines.lastId ? 0 : after
  }

  start (): void {
    const { lostId } = this.#lines
    this.#response.write(commentOf('lines of the enclaves'))
    if (this.#position !== 0 && this.#position < lostId) this.#response.write(commentOf('lines between are no longer kept'))
    this.#position = Math.max(this.#position, lostId)
    const stopListening = this.#lines.listen(() => { this.#send() })
    const timer = setInterval(() => { this.#beat() }, this.#heartbeatMs)
    this.#stop = () => {
      stopListening()
      clearInterval(timer)
    }
    this.#response.on('drain', () => {
      this.#blocked = false
      this.#send()
    })
    this.#response.on('error', () => undefined)
    this.#response.once('close', this.#stop)
    this.#send()
  }

  /** The last word. The connection then counts as idle, and the server closes it with its own end, read or not. */
  end (): void {
    this.#stop()
    this.#response.end()
  }

  #send (): void {
    if (this.#position < this.#lines.lostId) {
      this.#response.destroy()
      return
    }
    while (!this.#response.writableNeedDrain) {
      const next = this.#lines.after(this.#position)
      if (next === undefined) return
      this.#position = next.id
      if (this.#enclave === undefined || next.line.enclave === this.#enclave) this.#response.write(eventOf(next))
    }
  }

  #beat (): void {
    if (!this.#response.writableNeedDrain) this.#response.write(commentOf('still here'))
    else if (this.#blocked) this.#response.destroy()
    else this.#blocked = true
  }
}
