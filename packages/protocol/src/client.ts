import type { Duplex } from 'node:stream'

import type { RequestContext } from './context.ts'
import { ProtocolError } from './errors.ts'
import { FrameDecoder } from './frame.ts'
import { FrameWriter } from './frame-writer.ts'
import { decodeAnswer, encodeRequest } from './message.ts'
import type { Answer } from './message.ts'
import { methods } from './methods.ts'
import type { Method, Params, Result } from './methods.ts'

/** How a request may end early, and what goes with it. */
export interface RequestOptions {
  /** Milliseconds until the request is given up with `DEADLINE_EXCEEDED`; the client's `deadlineMs` where not said. */
  deadlineMs?: number
  /** Gives the request up with `ABORTED`. */
  signal?: AbortSignal
  /** Sent along. Its `timeoutMs` is for the other end; the client itself goes by `deadlineMs`. */
  context?: RequestContext
}

/** Bounds of a client. */
export interface ClientOptions {
  /** Default deadline of a request in milliseconds; 30,000. */
  deadlineMs?: number
  /** Most requests without an answer, given-up ones included; 1,024. */
  requestsInFlight?: number
  /** Most given-up requests the other end may leave unanswered before the connection counts as lost; 256. */
  unansweredRequests?: number
}

/** The longest time a timer of Node.js can wait, in milliseconds (`setTimeout`); a longer one would end at once. */
const maxTimerMs = 2 ** 31 - 1

interface Pending {
  method: Method
  resolve: (result: never) => void
  reject: (error: Error) => void
  release: () => void
}

/** A client on a connected stream; the stream is the client's from here on. */
export function createClient (stream: Duplex, options: ClientOptions = {}): ProtocolClient {
  return new ProtocolClient(stream, options)
}

/**
 * Many requests in flight on one connection, answered in any order. An answer that nobody asked for, or bytes that are no
 * answer at all, mean that the two ends no longer agree: the connection is closed and everything in flight fails. A result
 * of another shape than its method's fails its own request only.
 */
export class ProtocolClient {
  /** Settles when the connection is over: with the reason, or with undefined after {@link ProtocolClient.close}. */
  readonly closed: Promise<Error | undefined>
  readonly #stream: Duplex
  readonly #writer: FrameWriter
  readonly #decoder = new FrameDecoder()
  readonly #options: Required<ClientOptions>
  readonly #pending = new Map<number, Pending>()
  readonly #givenUp = new Set<number>()
  #settleClosed!: (reason: Error | undefined) => void
  #nextId = 1
  #lastAnswerMs = -Infinity
  #over: Error | undefined

  constructor (stream: Duplex, options: ClientOptions) {
    this.#options = { deadlineMs: 30_000, requestsInFlight: 1024, unansweredRequests: 256, ...options }
    this.#stream = stream
    this.#writer = new FrameWriter(stream)
    this.closed = new Promise(resolve => { this.#settleClosed = resolve })
    stream.on('data', (chunk: Buffer) => { this.#receive(chunk) })
    stream.on('error', cause => { this.#finish(new ProtocolError('CONNECTION_LOST', 'the connection failed', { cause })) })
    stream.on('end', () => { this.#finish(this.#endOfStream()) })
    stream.on('close', () => { this.#finish(new ProtocolError('CONNECTION_LOST', 'the connection was closed')) })
    if (stream.destroyed || stream.readableEnded) this.#finish(new ProtocolError('CONNECTION_LOST', 'the connection was over before it was used'))
  }

  /** When the other end last answered anything, by `performance.now()`; `-Infinity` before it has. */
  get lastAnswerMs (): number {
    return this.#lastAnswerMs
  }

  /** Requests the other end has not answered. */
  get inFlight (): number {
    return this.#pending.size + this.#givenUp.size
  }

  /**
   * Asks and waits for the answer.
   *
   * @throws EnclaveError the other end's error, by its code.
   * @throws ProtocolError `DEADLINE_EXCEEDED`, `ABORTED`, `TOO_MANY_IN_FLIGHT`, `FRAME_TOO_LARGE`, `INVALID_ANSWER`, or what ended
   * the connection.
   */
  request<M extends Method>(method: M, params: Params<M>, options: RequestOptions = {}): Promise<Result<M>> {
    const { deadlineMs = this.#options.deadlineMs, signal, context } = options
    return new Promise((resolve, reject) => {
      this.#checkRoom(signal)
      const id = this.#nextId++
      this.#writer.send(encodeRequest(id, method, params, context))
      const onDeadline = (): void => { this.#giveUp(id, new ProtocolError('DEADLINE_EXCEEDED', `no answer to ${method} within ${deadlineMs} ms`)) }
      const timer = setTimeout(onDeadline, Math.min(deadlineMs, maxTimerMs))
      const onAbort = (): void => { this.#giveUp(id, aborted(signal)) }
      signal?.addEventListener('abort', onAbort, { once: true })
      const release = (): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', onAbort)
      }
      this.#pending.set(id, { method, resolve, reject, release })
    })
  }

  /** Ends the connection; what is in flight fails with `CONNECTION_LOST`. */
  close (): void {
    this.#finish(undefined)
  }

  #checkRoom (signal: AbortSignal | undefined): void {
    if (this.#over !== undefined) throw this.#over
    if (signal?.aborted === true) throw aborted(signal)
    if (this.inFlight >= this.#options.requestsInFlight) {
      throw new ProtocolError('TOO_MANY_IN_FLIGHT', `${this.inFlight} requests wait for an answer`)
    }
  }

  #giveUp (id: number, error: ProtocolError): void {
    const pending = this.#take(id)
    if (pending === undefined) return
    this.#givenUp.add(id)
    pending.reject(error)
    if (this.#givenUp.size > this.#options.unansweredRequests) {
      this.#finish(new ProtocolError('CONNECTION_LOST', `${this.#givenUp.size} requests were never answered`))
    }
  }

  #receive (chunk: Buffer): void {
    if (this.#over !== undefined) return
    try {
      this.#decoder.push(chunk)
      let payload
      while ((payload = this.#decoder.next()) !== undefined) this.#settle(decodeAnswer(payload))
    } catch (error) {
      this.#finish(error as ProtocolError)
    }
  }

  #settle (answer: Answer): void {
    this.#lastAnswerMs = performance.now()
    const { id } = answer
    if (id === null) {
      const cause = 'error' in answer ? answer.error : undefined
      throw new ProtocolError('CONNECTION_LOST', 'the other end gave the connection up', { cause })
    }
    if (this.#givenUp.delete(id)) return
    const pending = this.#take(id)
    if (pending === undefined) throw new ProtocolError('UNEXPECTED_ANSWER', 'an answer to a request that is not in flight')
    if ('error' in answer) {
      pending.reject(answer.error)
    } else {
      settleResult(pending, answer.result)
    }
  }

  #take (id: number): Pending | undefined {
    const pending = this.#pending.get(id)
    if (pending === undefined) return undefined
    this.#pending.delete(id)
    pending.release()
    return pending
  }

  #endOfStream (): ProtocolError {
    try {
      this.#decoder.end()
      return new ProtocolError('CONNECTION_LOST', 'the other end closed the connection')
    } catch (error) {
      return error as ProtocolError
    }
  }

  #finish (reason: ProtocolError | undefined): void {
    if (this.#over !== undefined) return
    const over = reason ?? new ProtocolError('CONNECTION_LOST', 'the connection is closed')
    this.#over = over
    for (const { reject, release } of this.#pending.values()) {
      release()
      reject(over)
    }
    this.#pending.clear()
    this.#givenUp.clear()
    this.#stream.destroy()
    this.#settleClosed(reason)
  }
}

function settleResult ({ method, resolve, reject }: Pending, result: unknown): void {
  try {
    methods[method].result(result, 'result')
    resolve(result as never)
  } catch (cause) {
    reject(new ProtocolError('INVALID_ANSWER', `the answer to ${method} has another shape`, { cause }))
  }
}

function aborted (signal: AbortSignal | undefined): ProtocolError {
  return new ProtocolError('ABORTED', 'the request was aborted', { cause: signal?.reason })
}
