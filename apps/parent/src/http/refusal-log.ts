import type { Refusal } from '../callers/verdict.ts'
import type { Logger } from '../logger.ts'

/** Between two lines, in milliseconds. */
const pauseMs = 1000

/** Who was turned away, for whoever wonders why: at most a line a second, since anybody can have lines written. The metrics count all. */
export class RefusalLog {
  readonly #log: Logger
  readonly #now: () => number
  #lastAt = -Infinity
  #untold = 0

  /** `now` is unix time in milliseconds. */
  constructor (log: Logger, now: () => number) {
    this.#log = log
    this.#now = now
  }

  add (refusal: Refusal & { requestId: string, remoteAddress: string }): void {
    const now = this.#now()
    if (now - this.#lastAt < pauseMs) {
      this.#untold++
      return
    }
    this.#log.warn({ ...refusal, untold: this.#untold }, 'caller not known')
    this.#lastAt = now
    this.#untold = 0
  }
}
