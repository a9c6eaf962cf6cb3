import type { DiagLogger } from '@opentelemetry/api'

import type { Logger } from '../logger.ts'

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
  readonly #now: () => number
  #lastAt = -Infinity
  #untold = 0

  /** `now` is in milliseconds, of any clock. */
  constructor (log: Logger, now: () => number) {
    this.#log = log
    this.#now = now
  }

  /** A message; of an error that the SDK has written out as JSON, the error's. */
  error (message: string): void {
    const now = this.#now()
    if (now - this.#lastAt < pauseMs) {
      this.#untold++
      return
    }
    this.#log.warn({ reason: reasonIn(message), untold: this.#untold }, 'spans may be lost')
    this.#lastAt = now
    this.#untold = 0
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
