import type { DiagLogger } from '@opentelemetry/api'

import type { Logger } from '../logger.ts'
import { Seldom } from '../seldom.ts'

/** Between two lines, in milliseconds. */
const pauseMs = 60_000

const nothing = (): void => undefined

/**
 * What OpenTelemetry complains of: above all that spans cannot be sent, which nobody else would notice. At most a line a minute, for a
 * collector that is down is complained of with every batch.
 */
export class TracingTrouble implements DiagLogger {
  readonly info = nothing
  readonly debug = nothing
  readonly verbose = nothing
  readonly #log: Logger
  readonly #seldom: Seldom

  /** `now` is in milliseconds, of any clock. */
  constructor (log: Logger, now: () => number) {
    this.#log = log
    this.#seldom = new Seldom(pauseMs, now)
  }

  /** A message; of an error that the SDK has written out as JSON, the error's. */
  error (message: string): void {
    this.#seldom.tell(untold => { this.#log.warn({ reason: reasonIn(message), untold }, 'spans may be lost') })
  }

  warn (message: string): void {
    this.error(message)
  }
}

function reasonIn (message: string): string {
  try {
    const { message: inner, code } = JSON.parse(message) as { message?: unknown, code?: unknown }
    // Of an address with two families the error has no message of its own.
    return [inner, code].find(part => typeof part === 'string' && part !== '') as string | undefined ?? message
  } catch {
    return message
  }
}
