import type { Result } from '@enclave-signer/protocol'

import { measuredImageOf } from './enclave-state.ts'
import type { EnclaveState } from './enclave-state.ts'
import type { RecordedFailure } from './failure-history.ts'
import type { EnclaveHealth } from './health.ts'
import { reasonOf } from './lifecycle.ts'
import type { Lifecycle } from './lifecycle.ts'

/** What `/enclave/status` says of one enclave. Times are ISO 8601; null is "not known in this state". */
export interface EnclaveStatus {
  name: string
  enclaveId: string | null
  cid: number | null
  state: EnclaveState['name']
  since: string
  /** Why it is in this state, where that has a reason. */
  reason: string | null
  /** While it is backing off: when the next attempt is made. */
  nextAttemptAt: string | null
  restarts: number
  /** The latest, newest first. */
  failures: RecordedFailure[]
  /** Of the EIF, as `describe-eif` computed them. */
  measurements: Readonly<Record<string, string>> | null
  debugMode: boolean
  health: EnclaveHealth | null
  credentialsExpireAt: string | null
  keysLoaded: number | null
}

/** What the pings told of the enclave that runs now. */
export class EnclaveVitals {
  #health: EnclaveHealth | null = null
  #credentialsExpireAt: number | null = null
  #keysLoaded: number | null = null

  get health (): EnclaveHealth | null {
    return this.#health
  }

  get credentialsExpireAt (): string | null {
    return this.#credentialsExpireAt === null ? null : new Date(this.#credentialsExpireAt).toISOString()
  }

  get keysLoaded (): number | null {
    return this.#keysLoaded
  }

  /** A ping was answered at `now` (unix milliseconds). */
  answered (pong: Result<'ping'>, roundTripMs: number, now: number): void {
    const { uptimeMs, clockMs, eventLoopDelayMs, residentBytes } = pong
    this.#health = {
      checkedAt: new Date(now).toISOString(),
      roundTripMs: Math.round(roundTripMs * 1000) / 1000,
      missedPings: 0,
      uptimeMs,
      clockDifferenceMs: clockMs - now,
      eventLoopDelayMs,
      residentBytes,
    }
    this.#keysLoaded = pong.keysLoaded
    this.#credentialsExpireAt = pong.credentialsExpireAt
  }

  /** A ping was not. */
  missed (count: number): void {
    if (this.#health !== null) this.#health = { ...this.#health, missedPings: count }
  }

  /** Credentials were handed over. */
  credentialsHandedOver (expiresAt: number): void {
    this.#credentialsExpireAt = expiresAt
  }

  /** The enclave is gone, and what was known of it. */
  forget (): void {
    this.#health = null
    this.#credentialsExpireAt = null
    this.#keysLoaded = null
  }
}

/** What a status is made from. */
export interface StatusSource {
  name: string
  debugMode: boolean
  lifecycle: Lifecycle
  vitals: EnclaveVitals
}

/** The status of one enclave. */
export function statusOf ({ name, debugMode, lifecycle, vitals }: StatusSource): EnclaveStatus {
  const { state, since, nextAttemptAt, restarts, failures } = lifecycle
  const enclave = 'enclave' in state ? state.enclave : undefined
  return {
    name,
    enclaveId: enclave?.enclaveId ?? null,
    cid: enclave?.cid ?? null,
    state: state.name,
    since: new Date(since).toISOString(),
    reason: reasonOf(state) ?? null,
    nextAttemptAt: nextAttemptAt === undefined ? null : new Date(nextAttemptAt).toISOString(),
    restarts,
    failures: failures.map(failure => ({ ...failure })),
    measurements: measuredImageOf(state)?.measurements ?? null,
    debugMode,
    health: vitals.health,
    credentialsExpireAt: vitals.credentialsExpireAt,
    keysLoaded: vitals.keysLoaded,
  }
}
