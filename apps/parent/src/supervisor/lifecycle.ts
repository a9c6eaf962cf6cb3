import type { Logger } from '../logger.ts'
import type { EnclaveMetrics } from '../metrics/enclave-metrics.ts'
import { transition } from './enclave-state.ts'
import type { EnclaveEvent, EnclaveState } from './enclave-state.ts'
import { FailureHistory } from './failure-history.ts'
import type { RecordedFailure } from './failure-history.ts'

/** What a lifecycle reports to. */
export interface LifecycleOptions {
  /** The enclave's name. */
  name: string
  debugMode: boolean
  log: Logger
  metrics: EnclaveMetrics
  /** Unix time in milliseconds. */
  now: () => number
  /** Called after each change of state. */
  onChange?: ((state: EnclaveState) => void) | undefined
}

/** The current state of an enclave; every change of it goes through {@link Lifecycle.apply}: one log line, one count. */
export class Lifecycle {
  readonly #options: LifecycleOptions
  #state: EnclaveState = { name: 'starting' }
  #since: number
  #launches = 0
  readonly #history = new FailureHistory()

  constructor (options: LifecycleOptions) {
    this.#options = options
    this.#since = options.now()
    options.metrics.stateChanged(options.name, undefined, this.#state.name)
  }

  get state (): EnclaveState {
    return this.#state
  }

  /** When the state was entered, unix time in milliseconds. */
  get since (): number {
    return this.#since
  }

  /** How often the enclave was launched again. */
  get restarts (): number {
    return Math.max(0, this.#launches - 1)
  }

  /** The latest failures, newest first. */
  get failures (): readonly RecordedFailure[] {
    return this.#history.failures
  }

  /** When the next attempt is made, unix time in milliseconds; undefined where none is waited for. */
  get nextAttemptAt (): number | undefined {
    return this.#state.name === 'backing-off' ? this.#since + this.#state.delayMs : undefined
  }

  /** Applies an event; the state after it. */
  apply (event: EnclaveEvent): EnclaveState {
    const from = this.#state
    const to = transition(from, event)
    if (to === from) return to
    this.#state = to
    const failure = failureOf(event)
    if (failure !== undefined) {
      this.#history.record({ state: from.name, ...failure }, this.#options.now())
      this.#options.metrics.failed(this.#options.name, failure.code)
    }
    if (from.name !== to.name) this.#record(from, to)
    else this.#options.log.warn({ enclave: this.#options.name, state: to.name, reason: reasonOf(to) }, 'enclave is held up')
    this.#options.onChange?.(to)
    return to
  }

  #record (from: EnclaveState, to: EnclaveState): void {
    const { name, debugMode, log, metrics, now } = this.#options
    this.#since = now()
    if (to.name === 'connecting' && from.name === 'launching') {
      this.#launches++
      metrics.launched(name, to.image.measurements)
    }
    metrics.stateChanged(name, from.name, to.name)
    const line = { enclave: name, from: from.name, to: to.name, reason: reasonOf(to), ...factsOf(to), ...debugMode ? { debugMode } : {} }
    log[to.name === 'failed' ? 'error' : to.name === 'backing-off' ? 'warn' : 'info'](line, 'enclave changed state')
  }
}

/** Why an enclave is in its state, where that has a reason. */
export function reasonOf (state: EnclaveState): string | undefined {
  return 'reason' in state ? state.reason : undefined
}

function failureOf (event: EnclaveEvent): Pick<RecordedFailure, 'code' | 'reason'> | undefined {
  switch (event.type) {
    case 'attempt-failed':
    case 'given-up': return { code: event.code, reason: event.reason }
    case 'connection-lost': return { code: 'CONNECTION_LOST', reason: event.reason }
    default: return undefined
  }
}

function factsOf (state: EnclaveState): object {
  if (state.name === 'launching') return { eifPath: state.image.eifPath, measurements: state.image.measurements }
  if (state.name === 'connecting') return { enclaveId: state.enclave.enclaveId, cid: state.enclave.cid }
  if (state.name === 'backing-off') return { code: state.code, delayMs: state.delayMs }
  if (state.name === 'failed') return { code: state.code }
  return {}
}
