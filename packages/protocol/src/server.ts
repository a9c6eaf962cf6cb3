import type { Duplex } from 'node:stream'

import { Dispatcher } from './dispatcher.ts'
import type { Call, EnclaveHandlers } from './dispatcher.ts'
import { EnclaveError, ProtocolError } from './errors.ts'
import { FrameDecoder } from './frame.ts'
import { FrameWriter } from './frame-writer.ts'
import { decodeRequest, encodeError } from './message.ts'
import type { Request } from './message.ts'
import type { Method } from './methods.ts'

export type { Call, EnclaveHandlers } from './dispatcher.ts'

/** Bounds of one served connection. */
export interface ServeOptions {
  /** Most requests worked on at once; further ones wait unread. 256. */
  requestsInFlight?: number
  /** Answers that may wait for a reader, in bytes, before reading stops too. 1 MiB. */
  unreadBytes?: number
  /** Milliseconds a frame may take to arrive whole, counted only while the connection is read. 30,000. */
  frameTimeoutMs?: number
  /** Told of what a handler threw that is no EnclaveError, and why a result cannot be sent. */
  onInternalError?: (method: Method, error: unknown, call: Call) => void
}

const defaults: Required<ServeOptions> = {
  requestsInFlight: 256,
  unreadBytes: 1024 * 1024,
  frameTimeoutMs: 30_000,
  onInternalError: () => undefined,
}

/** Milliseconds that the other end of a refused connection gets to read why. */
const partingMs = 1000

/** A connection being served. */
export interface ServedConnection {
  /** Requests being worked on. */
  readonly inFlight: number
  /** When the last whole frame came, by `performance.now()`. */
  readonly lastActiveMs: number
  /** Settles when the connection is over. */
  readonly closed: Promise<void>
  /** Ends the connection at once. */
  destroy: () => void
}

/**
 * Serves requests on a connected stream until it ends. Bytes that cannot be told to be a request (no frame, no JSON, no
 * JSON-RPC, an id that is in flight already) are answered once with `id: null` and end the connection; every fault that
 * belongs to a request is answered to that request.
 *
 * An end that only shuts down its sending side still gets every answer, if the stream is allowed to be half open
 * (`allowHalfOpen` of a `node:net` server).
 */
export function serveConnection (stream: Duplex, handlers: EnclaveHandlers, options: ServeOptions = {}): ServedConnection {
  return new Connection(stream, handlers, options)
}

class Connection implements ServedConnection {
  readonly closed: Promise<void>
  lastActiveMs = performance.now()
  #arrivedMs = 0
  readonly #stream: Duplex
  readonly #writer: FrameWriter
  readonly #dispatcher: Dispatcher
  readonly #options: Required<ServeOptions>
  readonly #decoder = new FrameDecoder()
  readonly #ids = new Set<number>()
  #frameTimer: NodeJS.Timeout | undefined
  #over = false

  constructor (stream: Duplex, handlers: EnclaveHandlers, options: ServeOptions) {
    this.#stream = stream
    this.#options = { ...defaults, ...options }
    this.#writer = new FrameWriter(stream, () => { this.#work() })
    this.#dispatcher = new Dispatcher(handlers, {
      send: payload => { this.#writer.send(payload) },
      onInternalError: this.#options.onInternalError,
    })
    this.closed = new Promise(resolve => {
      const onClose = (): void => { this.#finish(); resolve() }
      if (stream.closed) onClose()
      stream.once('close', onClose)
    })
    stream.on('data', (chunk: Buffer) => { this.#receive(chunk) })
    stream.on('end', () => { this.#work() })
    stream.on('error', () => { this.destroy() })
  }

  get inFlight (): number {
    return this.#ids.size
  }

  destroy (): void {
    this.#finish()
    this.#stream.destroy()
  }

  #receive (chunk: Buffer): void {
    if (this.#over) return
    this.#arrivedMs = performance.now()
    this.#decoder.push(chunk)
    this.#work()
  }

  /** Works off the requests that have come, as far as there is room. */
  #work (): void {
    try {
      let progressed = false
      while (this.#hasRoom()) {
        const payload = this.#decoder.next()
        if (payload === undefined) break
        progressed = true
        this.#handle(decodeRequest(payload))
      }
      if (progressed) this.lastActiveMs = performance.now()
      this.#regulate(progressed)
    } catch (error) {
      this.#refuse(toRefusal(error))
    }
  }

  #handle (request: Request): void {
    const { id } = request
    if (this.#ids.has(id)) throw new EnclaveError('DUPLICATE_ID', 'a request under an id that is in flight')
    const answered = this.#dispatcher.dispatch(request, this.#arrivedMs)
    if (answered === undefined) return
    this.#ids.add(id)
    const onAnswered = (): void => {
      this.#ids.delete(id)
      this.#work()
    }
    answered.then(onAnswered, onAnswered)
  }

  #hasRoom (): boolean {
    return !this.#over && this.#ids.size < this.#options.requestsInFlight && this.#writer.bufferedBytes < this.#options.unreadBytes
  }

  /** Reads on only while there is room to work and the other end takes its answers. */
  #regulate (progressed: boolean): void {
    if (this.#over) return
    const hasRoom = this.#hasRoom()
    const ended = this.#stream.readableEnded
    if (hasRoom && ended && this.#ids.size === 0) this.#writer.end()
    this.#watchFrame(hasRoom && !ended && this.#decoder.incomplete, progressed)
    if (!hasRoom) {
      this.#stream.pause()
    } else if (this.#stream.isPaused()) {
      this.#stream.resume()
    }
  }

  #watchFrame (expected: boolean, progressed: boolean): void {
    if (progressed || !expected) {
      clearTimeout(this.#frameTimer)
      this.#frameTimer = undefined
    }
    if (expected) {
      this.#frameTimer ??= setTimeout(() => {
        this.#refuse(new EnclaveError('INVALID_REQUEST', 'a frame did not arrive whole in time'))
      }, this.#options.frameTimeoutMs)
    }
  }

  #refuse (error: EnclaveError): void {
    if (this.#over) return
    this.#writer.send(encodeError(null, error))
    this.#finish()
    this.#writer.end()
    this.#stream.resume()
    const timer = setTimeout(() => { this.#stream.destroy() }, partingMs)
    this.#stream.once('close', () => { clearTimeout(timer) })
  }

  #finish (): void {
    this.#over = true
    clearTimeout(this.#frameTimer)
  }
}

function toRefusal (error: unknown): EnclaveError {
  if (error instanceof EnclaveError) return error
  return new EnclaveError('INVALID_REQUEST', error instanceof ProtocolError ? error.message : 'bytes that cannot be read', { cause: error })
}
