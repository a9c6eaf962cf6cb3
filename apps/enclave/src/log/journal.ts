import { checkLogLine } from '@enclave-signer/protocol'
import type { LogEntry, LogLine, Result } from '@enclave-signer/protocol'
import type { Log } from '../log.ts'
import { LogBudget } from './log-budget.ts'
import type { BudgetOptions } from './log-budget.ts'
import { LogRing } from './log-ring.ts'

/** Where a journal has its time from and where else its lines go. */
export interface JournalOptions {
  /** The enclave's clock, Unix time in milliseconds. */
  readonly now: () => number
  /** Takes each line that is kept. */
  readonly write: (line: LogLine) => void
  readonly budget?: BudgetOptions
}

/** The enclave's log. */
export interface Journal {
  readonly log: Log
  /** See {@link LogRing.read}. */
  readonly read: (after: number) => Result<'readLog'>
}

/** The parent asks every second; this many lines last while it is away for long. */
const capacity = 1000
/** One event alone cannot fill more than a tenth of the ring in ten seconds. */
const ordinaryBudget: BudgetOptions = { lines: 100, spanMs: 10_000, clock: () => performance.now() }

/** Keeps what is said for the parent to read. What does not fit the schema is not kept, whoever says it. */
export function createJournal ({ now, write, budget: options = ordinaryBudget }: JournalOptions): Journal {
  const ring = new LogRing(capacity)
  const budget = new LogBudget(options)

  const keep = (entry: LogEntry): void => {
    const line = lineOf(entry, Math.round(now()))
    ring.add(line)
    write(line)
  }
  const tellSuppressed = (): void => {
    for (const { event, count } of budget.renew()) keep({ level: 'warn', event: 'log.suppressed', suppressed: event, count })
  }
  return {
    log: entry => {
      tellSuppressed()
      if (budget.take(entry.event)) keep(entry)
    },
    read: after => {
      tellSuppressed()
      return ring.read(after)
    },
  }
}

function lineOf (entry: LogEntry, at: number): LogLine {
  const line = { at, ...entry }
  try {
    checkLogLine(line)
    return line
  } catch {
    return { at, level: 'error', event: 'log.refused' }
  }
}
