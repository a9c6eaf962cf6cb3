import type { EnclaveState } from './enclave-state.ts'

/** One thing that went wrong. */
export interface RecordedFailure {
  /** ISO 8601. */
  at: string
  /** The state in which it happened. */
  state: EnclaveState['name']
  code: string
  reason: string
  /** How often in a row it was the same; `at` is the latest. */
  count: number
}

const mostKept = 10

/** The latest failures of an enclave, newest first. */
export class FailureHistory {
  #failures: RecordedFailure[] = []

  get failures (): readonly RecordedFailure[] {
    return this.#failures
  }

  /** `now` is unix time in milliseconds. */
  record (failure: Pick<RecordedFailure, 'state' | 'code' | 'reason'>, now: number): void {
    const [latest, ...older] = this.#failures
    const same = latest?.state === failure.state && latest.code === failure.code && latest.reason === failure.reason
    const recorded = { at: new Date(now).toISOString(), ...failure, count: same ? latest.count + 1 : 1 }
    this.#failures = [recorded, ...same ? older : this.#failures].slice(0, mostKept)
  }
}
