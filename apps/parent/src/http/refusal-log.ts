import type { Refusal } from '../callers/verdict.ts'
import type { Logger } from '../logger.ts'
import { Seldom } from '../seldom.ts'

/** Between two lines, in milliseconds. */
const pauseMs = 1000

/** Who was turned away, for whoever wonders why: at most a line a second, since anybody can have lines written. The metrics count all. */
export class RefusalLog {
  readonly #log: Logger
  readonly #seldom: Seldom

  /** `now` is unix time in milliseconds. */
  constructor (log: Logger, now: () => number) {
    this.#log = log
    this.#seldom = new Seldom(pauseMs, now)
  }

  add (refusal: Refusal & { requestId: string, remoteAddress: string }): void {
    this.#seldom.tell(untold => { this.#log.warn({ ...refusal, untold }, 'caller not known') })
  }
}
