import type { ParentErrorCode } from '../errors.ts'
import { enclaveStateNames } from '../supervisor/enclave-state.ts'
import type { EnclaveState } from '../supervisor/enclave-state.ts'
import type { MetricMaker } from './metric-maker.ts'
import { vitalMetrics } from './vital-metrics.ts'
import type { VitalMetrics } from './vital-metrics.ts'

type StateName = EnclaveState['name']

/** What the supervisor reports. */
export interface EnclaveMetrics extends VitalMetrics {
  /** `from` is undefined for an enclave's first state. */
  stateChanged: (enclave: string, from: StateName | undefined, to: StateName) => void
  /** `code` is one of this service's or of nitro-cli's. */
  failed: (enclave: string, code: string) => void
  launched: (enclave: string, pcrs: Readonly<Record<string, string>>) => void
}

/** What this service itself calls the end of an attempt. nitro-cli and attestation have some eighty more, counted as they come. */
const ownFailureCodes = [
  'CONNECTION_LOST', 'ENCLAVE_GONE', 'ENCLAVE_NEVER_READY', 'ENCLAVE_UNREACHABLE', 'ENCLAVE_UNRESPONSIVE', 'ENCLAVE_NOT_ENDED', 'ENCLAVE_DIFFERS',
  'IMAGE_UNKNOWN', 'DOCKER_FAILED', 'METADATA_UNAVAILABLE', 'EIF_MISSING', 'EIF_DAMAGED', 'MEASUREMENTS_UNEXPECTED', 'DISK_FULL', 'INTERNAL',
] as const satisfies readonly (ParentErrorCode | 'CONNECTION_LOST' | 'DISK_FULL' | 'INTERNAL')[]

/** In these an enclave runs. */
const runningStates: ReadonlySet<StateName> = new Set<StateName>(['connecting', 'provisioning', 'ready', 'draining'])

export function enclaveMetrics (make: MetricMaker): EnclaveMetrics {
  const states = make.gauge('enclave_state', 'Which state the enclave is in: 1 for that one', ['enclave', 'state'])
  const transitions = make.counter('enclave_transitions_total', 'Changes of state', ['enclave', 'from', 'to'])
  const launches = make.counter('enclave_launches_total', 'Enclaves launched; all but the first are restarts', ['enclave'])
  const failures = make.counter('enclave_failures_total', 'What went wrong with the enclave, by code: ENCLAVE_NEVER_READY is one that ended before it was ready, ENCLAVE_GONE one that ended after', ['enclave', 'code'])
  const measured = measurementMetrics(make)
  const { begin, forget, ...vitals } = vitalMetrics(make)
  const beginCounting = (enclave: string): void => {
    launches.inc({ enclave }, 0)
    for (const code of ownFailureCodes) failures.inc({ enclave, code }, 0)
    begin(enclave)
  }
  return {
    ...vitals,
    stateChanged: (enclave, from, to) => {
      for (const state of enclaveStateNames) states.set({ enclave, state }, state === to ? 1 : 0)
      if (from === undefined) beginCounting(enclave)
      else transitions.inc({ enclave, from, to })
      if (!runningStates.has(to)) forget(enclave)
    },
    failed: (enclave, code) => { failures.inc({ enclave, code }) },
    launched: (enclave, pcrs) => {
      launches.inc({ enclave })
      measured(enclave, pcrs)
    },
  }
}

/** One series for each enclave: the measurements before are taken away with their labels. */
function measurementMetrics (make: MetricMaker): EnclaveMetrics['launched'] {
  const measurements = make.gauge('enclave_measurements_info', 'Measurements of the launched EIF', ['enclave', 'pcr0', 'pcr1', 'pcr2', 'pcr8'])
  const latest = new Map<string, Record<string, string>>()
  return (enclave, { PCR0: pcr0 = '', PCR1: pcr1 = '', PCR2: pcr2 = '', PCR8: pcr8 = '' }) => {
    const before = latest.get(enclave)
    if (before !== undefined) measurements.remove(before)
    const labels = { enclave, pcr0, pcr1, pcr2, pcr8 }
    latest.set(enclave, labels)
    measurements.set(labels, 1)
  }
}
