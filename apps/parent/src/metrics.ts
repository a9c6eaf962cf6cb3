import type { KeySpec, SigningAlgorithm } from '@enclave-signer/protocol'
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'

import { enclaveStateNames } from './supervisor/enclave-state.ts'
import type { EnclaveState } from './supervisor/enclave-state.ts'

type StateName = EnclaveState['name']

/** Every metric begins with this. */
export const metricPrefix = 'enclave_signer_'

/** In seconds: a signature through the whole chain takes under 1 ms at rest; deadlines are at 10 s. */
const durationBuckets = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]

/** What the supervisor reports. */
export interface EnclaveMetrics {
  stateChanged: (enclave: string, from: StateName | undefined, to: StateName) => void
  launched: (enclave: string, pcrs: Readonly<Record<string, string>>) => void
  credentialsHandedOver: (enclave: string, expiresAt: number) => void
  pinged: (enclave: string, ping: PingFigures) => void
}

/** What a ping told; times are milliseconds. */
export interface PingFigures {
  roundTripMs: number
  keysLoaded: number
  /** The enclave's clock minus the parent's. */
  clockDifferenceMs: number
}

/** The service's metrics in a registry of their own; labels come from closed sets (routes, states, KMS's words), never from a request. */
export class Metrics implements EnclaveMetrics {
  readonly registry = new Registry()
  readonly #requests = this.#counter('http_requests_total', 'HTTP requests answered', ['method', 'route', 'status'])
  readonly #requestSeconds = this.#histogram('http_request_duration_seconds', 'Time from an HTTP request to its answer', ['route'])
  readonly #signatures = this.#counter('signatures_total', 'Signing requests by outcome: ok, or the code of the error', ['key_spec', 'signing_algorithm', 'outcome'])
  readonly #states = this.#gauge('enclave_state', 'Which state the enclave is in: 1 for that one', ['enclave', 'state'])
  readonly #transitions = this.#counter('enclave_transitions_total', 'Changes of state', ['enclave', 'from', 'to'])
  readonly #launches = this.#counter('enclave_launches_total', 'Enclaves launched; all but the first are restarts', ['enclave'])
  readonly #measurements = this.#gauge('enclave_measurements_info', 'Measurements of the launched EIF', ['enclave', 'pcr0', 'pcr1', 'pcr2', 'pcr8'])
  readonly #credentials = this.#gauge('enclave_credentials_expiry_timestamp_seconds', 'When the credentials of the enclave expire, unix time', ['enclave'])
  readonly #pingSeconds = this.#gauge('enclave_ping_duration_seconds', 'Round trip of the latest ping', ['enclave'])
  readonly #clockDifference = this.#gauge('enclave_clock_difference_seconds', 'The clock of the enclave minus that of the parent', ['enclave'])
  readonly #missedPings = this.#counter('enclave_missed_pings_total', 'Pings that the enclave did not answer in time', ['enclave'])
  readonly #keysLoaded = this.#gauge('enclave_keys_loaded', 'Keys that the enclave holds', ['enclave'])
  readonly #relayRestarts = this.#counter('relay_restarts_total', 'Relays started again after they had died', ['relay'])
  readonly #keys = this.#gauge('keys', 'Stored keys', ['readable'])

  constructor () {
    collectDefaultMetrics({ register: this.registry, prefix: metricPrefix })
  }

  /** `route` is the pattern, not the path. */
  requestAnswered (method: string, route: string, status: number, seconds: number): void {
    this.#requests.inc({ method, route, status })
    this.#requestSeconds.observe({ route }, seconds)
  }

  /** `outcome` is `ok` or an error code. */
  signed (keySpec: KeySpec, algorithm: SigningAlgorithm, outcome: string): void {
    this.#signatures.inc({ key_spec: keySpec, signing_algorithm: algorithm, outcome })
  }

  stateChanged (enclave: string, from: StateName | undefined, to: StateName): void {
    for (const state of enclaveStateNames) this.#states.set({ enclave, state }, state === to ? 1 : 0)
    if (from !== undefined) this.#transitions.inc({ enclave, from, to })
  }

  launched (enclave: string, { PCR0: pcr0 = '', PCR1: pcr1 = '', PCR2: pcr2 = '', PCR8: pcr8 = '' }: Readonly<Record<string, string>>): void {
    this.#launches.inc({ enclave })
    this.#measurements.reset()
    this.#measurements.set({ enclave, pcr0, pcr1, pcr2, pcr8 }, 1)
  }

  credentialsHandedOver (enclave: string, expiresAt: number): void {
    this.#credentials.set({ enclave }, expiresAt / 1000)
  }

  pingMissed (enclave: string): void {
    this.#missedPings.inc({ enclave })
  }

  pinged (enclave: string, { roundTripMs, keysLoaded, clockDifferenceMs }: PingFigures): void {
    this.#pingSeconds.set({ enclave }, roundTripMs / 1000)
    this.#clockDifference.set({ enclave }, clockDifferenceMs / 1000)
    this.#keysLoaded.set({ enclave }, keysLoaded)
  }

  relayRestarted (relay: string): void {
    this.#relayRestarts.inc({ relay })
  }

  keysStored (readable: number, unreadable: number): void {
    this.#keys.set({ readable: 'true' }, readable)
    this.#keys.set({ readable: 'false' }, unreadable)
  }

  #counter<L extends string>(name: string, help: string, labelNames: L[]): Counter<L> {
    return new Counter({ name: metricPrefix + name, help, labelNames, registers: [this.registry] })
  }

  #gauge<L extends string>(name: string, help: string, labelNames: L[]): Gauge<L> {
    return new Gauge({ name: metricPrefix + name, help, labelNames, registers: [this.registry] })
  }

  #histogram<L extends string>(name: string, help: string, labelNames: L[]): Histogram<L> {
    return new Histogram({ name: metricPrefix + name, help, labelNames, buckets: durationBuckets, registers: [this.registry] })
  }
}
