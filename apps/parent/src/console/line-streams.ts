import type { ServerResponse } from 'node:http'

import type { KeptLines } from './kept-lines.ts'
import { LineStream } from './line-stream.ts'
import type { LineStreamOptions } from './line-stream.ts'

/** Bounds of the streams; overridden in tests. */
export interface LineStreamsBounds {
  /** Most clients at once. */
  readonly clients: number
  /** Milliseconds between signs of life. */
  readonly heartbeatMs: number
  /** Milliseconds after which a stream ends: whoever reads it is asked for his credentials again, which may have expired meanwhile. */
  readonly lifetimeMs: number
}

/** Consoles are looked at by a few people. Proxies give up on a silent connection after 30 s or more. */
const ordinaryBounds: LineStreamsBounds = { clients: 8, heartbeatMs: 15_000, lifetimeMs: 900_000 }

/** Everybody who reads the lines as they come. */
export class LineStreams {
  readonly #lines: KeptLines
  readonly #bounds: LineStreamsBounds
  readonly #streams = new Set<LineStream>()
  #closed = false

  constructor (lines: KeptLines, bounds: Partial<LineStreamsBounds> = {}) {
    this.#lines = lines
    this.#bounds = { ...ordinaryBounds, ...bounds }
  }

  /** How many clients there are. */
  get size (): number {
    return this.#streams.size
  }

  /** Whether another client finds a place. */
  get hasRoom (): boolean {
    return !this.#closed && this.#streams.size < this.#bounds.clients
  }

  /** Streams to a response whose head has been written, until either end goes. */
  open (response: ServerResponse, options: Omit<LineStreamOptions, 'heartbeatMs'>): void {
    const stream = new LineStream(this.#lines, response, { ...options, heartbeatMs: this.#bounds.heartbeatMs })
    this.#streams.add(stream)
    const lifetime = setTimeout(() => { stream.end() }, this.#bounds.lifetimeMs)
    response.once('close', () => {
      clearTimeout(lifetime)
      this.#streams.delete(stream)
    })
    stream.start()
  }

  /** Ends every stream; its client comes back and goes on where it was, if it still may. */
  endAll (): void {
    for (const stream of this.#streams) stream.end()
  }

  /** Ends every stream and takes no other. */
  close (): void {
    this.#closed = true
    this.endAll()
  }
}
