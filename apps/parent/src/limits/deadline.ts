import { ProtocolError } from '@enclave-signer/protocol'
import type { RequestOptions } from '@enclave-signer/protocol'

/** What a deadline is made of. */
export interface DeadlineOptions {
  /** From now on. */
  readonly timeoutMs: number
  /** Shorter than what the connection to the enclave allows, which therefore does not see to it. */
  readonly watched?: boolean
  /** Gone with its caller. */
  readonly response?: DueResponse
}

/** As much of a `ServerResponse` as tells whether its caller is there. */
export interface DueResponse {
  readonly destroyed: boolean
  readonly writableFinished: boolean
  once: (event: 'close', listener: () => void) => unknown
}

/**
 * How long a request may take, from its arrival to its answer. Work for a caller who has gone, or whose time is over, is not begun;
 * what an enclave has been asked is left to end, for its answer comes anyway.
 */
export class Deadline {
  readonly #options: DeadlineOptions
  readonly #expiresMs: number
  #abort: AbortController | undefined

  constructor (options: DeadlineOptions) {
    this.#options = options
    this.#expiresMs = performance.now() + options.timeoutMs
  }

  /** Milliseconds that are left; 0 when it is over. */
  remainingMs (): number {
    return Math.max(0, this.#expiresMs - performance.now())
  }

  /** Aborted when the caller goes away before it is answered. */
  get signal (): AbortSignal {
    if (this.#abort === undefined) this.#watchCaller(this.#abort = new AbortController())
    return this.#abort.signal
  }

  /**
   * Sees to it that the answer is still wanted.
   *
   * @throws ProtocolError `DEADLINE_EXCEEDED`, or `ABORTED` when the caller has gone.
   */
  check (): void {
    this.#leftMs()
  }

  /**
   * How to ask an enclave for this request now: with the time that is left, in whole milliseconds.
   *
   * @param traceId - sent along where there is one.
   * @throws ProtocolError `DEADLINE_EXCEEDED`, or `ABORTED` when the caller has gone.
   */
  requestOptions (traceId?: string): RequestOptions {
    const timeoutMs = Math.ceil(this.#leftMs())
    return { context: traceId === undefined ? { timeoutMs } : { timeoutMs, traceId } }
  }

  /**
   * Has an enclave asked with the time that is left, and answers what it answers if that comes in time.
   *
   * @throws ProtocolError `DEADLINE_EXCEEDED`, `ABORTED`; what `ask` throws.
   */
  async ask<T>(ask: (options: RequestOptions) => Promise<T>, traceId?: string): Promise<T> {
    return await this.answered(ask(this.requestOptions(traceId)))
  }

  /**
   * What the enclave's answer comes to, if it comes in time.
   *
   * @throws ProtocolError `DEADLINE_EXCEEDED`, and what `answer` throws.
   */
  answered<T>(answer: Promise<T>): Promise<T> {
    return this.#options.watched === true ? this.within(answer) : answer
  }

  /** The same of any work. What it began goes on. */
  async within<T>(work: Promise<T>): Promise<T> {
    const over = Promise.withResolvers<never>()
    const timer = setTimeout(() => { over.reject(this.#exceeded()) }, Math.ceil(this.remainingMs()))
    try {
      return await Promise.race([work, over.promise])
    } finally {
      clearTimeout(timer)
    }
  }

  /** Above 0. */
  #leftMs (): number {
    if (this.#options.response?.destroyed === true) throw new ProtocolError('ABORTED', 'the caller has gone')
    const leftMs = this.remainingMs()
    if (leftMs === 0) throw this.#exceeded()
    return leftMs
  }

  #exceeded (): ProtocolError {
    return new ProtocolError('DEADLINE_EXCEEDED', `the request's ${this.#options.timeoutMs} ms are over`)
  }

  #watchCaller (abort: AbortController): void {
    const { response } = this.#options
    const onClose = (): void => {
      if (response?.writableFinished === false) abort.abort(new ProtocolError('ABORTED', 'the caller has gone'))
    }
    if (response?.destroyed === true) onClose()
    response?.once('close', onClose)
  }
}
