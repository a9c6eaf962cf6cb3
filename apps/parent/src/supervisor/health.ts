import type { Result } from '@enclave-signer/protocol'

import type { EnclaveRequests } from '../enclave-client/enclave-requests.ts'
import { wait } from '../wait.ts'

/** What the latest ping told. Times are milliseconds, sizes bytes. */
export interface EnclaveHealth {
  /** When it was answered, ISO 8601. */
  checkedAt: string
  roundTripMs: number
  /** Pings without an answer since. */
  missedPings: number
  uptimeMs: number
  /** The enclave's clock minus the parent's. */
  clockDifferenceMs: number
  eventLoopDelayMs: number
  residentBytes: number
}

/** The bounds of the pings; overridden in tests. */
export interface PingBounds {
  intervalMs: number
  deadlineMs: number
  /** Misses in a row after which the connection counts as dead. */
  mostMissed: number
}

/**
 * Two pings a second; two misses in a row of 500 ms each are the end of the connection: an enclave that hangs is found within two seconds.
 * A false alarm costs a new connection, not the enclave: that is replaced only when it does not answer through a new one either.
 */
export const defaultPingBounds: PingBounds = { intervalMs: 500, deadlineMs: 500, mostMissed: 2 }

/** Told of every answered ping, and of misses. */
export interface PingReport {
  answered: (pong: Result<'ping'>, roundTripMs: number) => void
  missed: (count: number) => void
  /** When the enclave last answered anything, by `performance.now()`: one that answers others later than pings is busy, not dead. */
  lastAnswerMs?: (() => number) | undefined
  /** Asked after a miss: whether there is proof that the enclave hangs, so that no other needs to be waited for. */
  hangs?: (() => Promise<boolean>) | undefined
}

/** Pings until `signal` aborts (then resolves false) or too many in a row had no answer (true). */
export async function pingUntilDead (
  enclave: EnclaveRequests, report: PingReport, bounds: PingBounds, signal: AbortSignal
): Promise<boolean> {
  let missed = 0
  while (missed < bounds.mostMissed && !signal.aborted) {
    const startedMs = performance.now()
    try {
      const pong = await enclave.request('ping', {}, { deadlineMs: bounds.deadlineMs })
      missed = 0
      report.answered(pong, performance.now() - startedMs)
    } catch {
      if ((report.lastAnswerMs?.() ?? -Infinity) > startedMs) {
        missed = 0
        continue
      }
      report.missed(++missed)
      if (await report.hangs?.() === true) break
    }
    // After a miss time has passed already.
    if (missed === 0) await wait(bounds.intervalMs, signal).catch(() => undefined)
  }
  return !signal.aborted
}
