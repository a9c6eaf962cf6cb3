import type { LineMembers } from '../journal/chained-line.ts'
import type { RequestLine } from './request-line.ts'

/** A time in which nothing can be recorded, and what is refused meanwhile. */
export interface Outage {
  /** ISO 8601. */
  readonly since: string
  /** The system's code, such as ENOSPC. */
  readonly reason: string
  /** Requests refused before anything was done. */
  refused: number
  /** Done by the enclave and not handed out: no line says what they were. */
  withheld: number
  /** Refusals that have no line. */
  untold: number
}

/** An outage that has just begun. */
export function beginOutage (since: string, error: unknown): Outage {
  return { since, reason: reasonOf(error), refused: 0, withheld: 0, untold: 0 }
}

/** Counts requests whose lines could not be written. */
export function countLost (outage: Outage, requests: readonly RequestLine[]): void {
  for (const { outcome } of requests) {
    if (outcome === 'ok') outage.withheld++
    else outage.untold++
  }
}

/** What an outage has come to since `told`; undefined where that is nothing. */
export function outageSince (told: Outage, { since, reason, refused, withheld, untold }: Outage): Outage | undefined {
  const more = { since, reason, refused: refused - told.refused, withheld: withheld - told.withheld, untold: untold - told.untold }
  return more.refused + more.withheld + more.untold === 0 ? undefined : more
}

/** The line of an outage that is over. */
export function outageLine (at: string, outage: Outage): LineMembers & Outage {
  return { at, kind: 'outage', ...outage }
}

/** The system's code of an error, or its name. */
function reasonOf (error: unknown): string {
  if (!(error instanceof Error)) return 'UNKNOWN'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}
