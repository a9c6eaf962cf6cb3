import type { KmsCallCount } from '@enclave-signer/protocol'

import { enclaveStateNames } from '../supervisor/enclave-state.ts'
import type { EnclaveState } from '../supervisor/enclave-state.ts'
import { createGrowth } from './growth.ts'
import type { MetricMaker } from './metric-maker.ts'

type StateName = EnclaveState['name']

/** What the supervisor reports. */
export interface EnclaveMetrics {
  stateChanged: (enclave: string, from: StateName | undefined, to: StateName) => void
  /** `code` is one of this service's or of nitro-cli's. */
  failed: (enclave: string, code: string) => void
  launched: (enclave: string, pcrs: Readonly<Record<string, string>>) => void
  /** `expiresAt` is unix time in milliseconds. */
  credentialsHandedOver: (enclave: string, expiresAt: number) => void
  pinged: (enclave: string, ping: PingFigures) => void
  pingMissed: (enclave: string) => void
}

/** What a ping told; times are milliseconds. */
export interface PingFigures {
  roundTripMs: number
  /** The enclave's clock minus the parent's. */
  clockDifferenceMs: number
  keysLoaded: number
  eventLoopDelayMs: number
  residentBytes: number
  /** Since the enclave's boot. */
  kmsCalls: readonly KmsCallCount[]
}

export function enclaveMetrics (make: MetricMaker): EnclaveMetrics {
  const states = make.gauge('enclave_state', 'Which state the enclave is in: 1 for that one', ['enclave', 'state'])
  const transitions = make.counter('enclave_transitions_total', 'Changes of state', ['enclave', 'from', 'to'])
  const launches = make.counter('enclave_launches_total', 'Enclaves launched; all but the first are restarts', ['enclave'])
  const failures = make.counter('enclave_failures_total', 'What went wrong with the enclave, by code: ENCLAVE_NEVER_READY is one that ended before it was ready, ENCLAVE_GONE one that ended after', ['enclave', 'code'])
  const measurements = make.gauge('enclave_measurements_info', 'Measurements of the launched EIF', ['enclave', 'pcr0', 'pcr1', 'pcr2', 'pcr8'])
  const credentials = make.gauge('enclave_credentials_expiry_timestamp_seconds', 'When the credentials of the enclave expire, unix time', ['enclave'])
  const missedPings = make.counter('enclave_missed_pings_total', 'Pings that the enclave did not answer in time', ['enclave'])
  return {
    stateChanged: (enclave, from, to) => {
      for (const state of enclaveStateNames) states.set({ enclave, state }, state === to ? 1 : 0)
      if (from !== undefined) transitions.inc({ enclave, from, to })
    },
    failed: (enclave, code) => { failures.inc({ enclave, code }) },
    launched: (enclave, { PCR0: pcr0 = '', PCR1: pcr1 = '', PCR2: pcr2 = '', PCR8: pcr8 = '' }) => {
      launches.inc({ enclave })
      measurements.reset()
      measurements.set({ enclave, pcr0, pcr1, pcr2, pcr8 }, 1)
    },
    credentialsHandedOver: (enclave, expiresAt) => { credentials.set({ enclave }, expiresAt / 1000) },
    pingMissed: enclave => { missedPings.inc({ enclave }) },
    pinged: pingMetrics(make),
  }
}

function pingMetrics (make: MetricMaker): EnclaveMetrics['pinged'] {
  const roundTrip = make.gauge('enclave_ping_duration_seconds', 'Round trip of the latest ping', ['enclave'])
  const clockDifference = make.gauge('enclave_clock_difference_seconds', 'The clock of the enclave minus that of the parent', ['enclave'])
  const keysLoaded = make.gauge('enclave_keys_loaded', 'Keys that the enclave holds', ['enclave'])
  const eventLoopDelay = make.gauge('enclave_event_loop_delay_seconds', 'The longest delay of the enclave\'s event loop since the ping before', ['enclave'])
  const memory = make.gauge('enclave_resident_memory_bytes', 'Memory of the enclave\'s program', ['enclave'])
  const kmsCalls = make.counter('kms_calls_total', 'Calls of the enclave to KMS by outcome: ok, or the code of the error', ['enclave', 'operation', 'outcome'])
  const growth = createGrowth()
  return (enclave, figures) => {
    roundTrip.set({ enclave }, figures.roundTripMs / 1000)
    clockDifference.set({ enclave }, figures.clockDifferenceMs / 1000)
    keysLoaded.set({ enclave }, figures.keysLoaded)
    eventLoopDelay.set({ enclave }, figures.eventLoopDelayMs / 1000)
    memory.set({ enclave }, figures.residentBytes)
    for (const { operation, outcome, count } of figures.kmsCalls) {
      kmsCalls.inc({ enclave, operation, outcome }, growth(`${enclave} ${operation} ${outcome}`, count))
    }
  }
}
