import type { LogEvent } from '@enclave-signer/protocol'

/** Lines of one event in each span of time; whoever can cause an event without end fills no log with it. */
export interface BudgetOptions {
  readonly lines: number
  readonly spanMs: number
  /** A monotonic clock in milliseconds. */
  readonly clock: () => number
}

/** Lines of an event that were one too many. */
export interface Suppressed {
  readonly event: LogEvent
  readonly count: number
}

/** Counts lines by their event, and those over the budget apart. */
export class LogBudget {
  readonly #options: BudgetOptions
  readonly #counts = new Map<LogEvent, number>()
  #since: number

  constructor (options: BudgetOptions) {
    this.#options = options
    this.#since = options.clock()
  }

  /** Whether there is room for a line of this event. */
  take (event: LogEvent): boolean {
    const count = (this.#counts.get(event) ?? 0) + 1
    this.#counts.set(event, count)
    return count <= this.#options.lines
  }

  /** What had no room in the span that has ended, if one has; the next one begins with that. */
  renew (): Suppressed[] {
    const { lines, spanMs, clock } = this.#options
    const now = clock()
    if (now - this.#since < spanMs) return []
    const suppressed = [...this.#counts].filter(([, count]) => count > lines).map(([event, count]) => ({ event, count: count - lines }))
    this.#since = now
    this.#counts.clear()
    return suppressed
  }
}
