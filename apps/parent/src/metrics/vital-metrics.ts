import { kmsCallOutcomes, kmsOperations } from '@enclave-signer/protocol'
import type { KmsCallCount } from '@enclave-signer/protocol'

import { createGrowth } from './growth.ts'
import type { MetricMaker } from './metric-maker.ts'

/** What is known of an enclave that runs. */
export interface VitalMetrics {
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

/** As the enclave counts its calls: those that KMS, or the way there, made fail are told by a code of KMS's. */
const countedOutcomes = kmsCallOutcomes.filter(outcome => outcome === 'ok' || outcome.startsWith('KMS_'))

/** For whoever knows when an enclave comes and goes. */
export interface VitalSeries {
  /** Has an enclave's counters begin at 0. */
  begin: (enclave: string) => void
  /** Takes away what an enclave said last: of one that is gone it is not so any more, and would alert until another one comes. */
  forget: (enclave: string) => void
}

export function vitalMetrics (make: MetricMaker): VitalMetrics & VitalSeries {
  const credentials = make.gauge('enclave_credentials_expiry_timestamp_seconds', 'When the credentials of the enclave expire, unix time', ['enclave'])
  const missedPings = make.counter('enclave_missed_pings_total', 'Pings that the enclave did not answer in time', ['enclave'])
  const kmsCalls = make.counter('kms_calls_total', 'Calls of the enclave to KMS by outcome: ok, or the code of the error', ['enclave', 'operation', 'outcome'])
  const growth = createGrowth()
  const pings = pingMetrics(make)
  return {
    begin: enclave => {
      missedPings.inc({ enclave }, 0)
      for (const operation of kmsOperations) {
        for (const outcome of countedOutcomes) kmsCalls.inc({ enclave, operation, outcome }, 0)
      }
    },
    forget: enclave => {
      credentials.remove({ enclave })
      pings.forget(enclave)
    },
    credentialsHandedOver: (enclave, expiresAt) => { credentials.set({ enclave }, expiresAt / 1000) },
    pingMissed: enclave => { missedPings.inc({ enclave }) },
    pinged: (enclave, figures) => {
      pings.answered(enclave, figures)
      for (const { operation, outcome, count } of figures.kmsCalls) {
        kmsCalls.inc({ enclave, operation, outcome }, growth(`${enclave} ${operation} ${outcome}`, count))
      }
    },
  }
}

interface PingMetrics extends Pick<VitalSeries, 'forget'> {
  answered: VitalMetrics['pinged']
}

function pingMetrics (make: MetricMaker): PingMetrics {
  const roundTrip = make.gauge('enclave_ping_duration_seconds', 'Round trip of the latest ping', ['enclave'])
  const clockDifference = make.gauge('enclave_clock_difference_seconds', 'The clock of the enclave minus that of the parent', ['enclave'])
  const keysLoaded = make.gauge('enclave_keys_loaded', 'Keys that the enclave holds', ['enclave'])
  const eventLoopDelay = make.gauge('enclave_event_loop_delay_seconds', 'The longest delay of the enclave\'s event loop since the ping before', ['enclave'])
  const memory = make.gauge('enclave_resident_memory_bytes', 'Memory of the enclave\'s program', ['enclave'])
  return {
    answered: (enclave, figures) => {
      roundTrip.set({ enclave }, figures.roundTripMs / 1000)
      clockDifference.set({ enclave }, figures.clockDifferenceMs / 1000)
      keysLoaded.set({ enclave }, figures.keysLoaded)
      eventLoopDelay.set({ enclave }, figures.eventLoopDelayMs / 1000)
      memory.set({ enclave }, figures.residentBytes)
    },
    forget: enclave => {
      for (const gauge of [roundTrip, clockDifference, keysLoaded, eventLoopDelay, memory]) gauge.remove({ enclave })
    },
  }
}
