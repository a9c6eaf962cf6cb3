import type { KeySpec, SigningAlgorithm } from '@enclave-signer/protocol'
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'

import type { AuditMetrics } from './audit/audit-log.ts'
import type { AuditOutcome } from './audit/request-line.ts'
import type { CredentialKind, RefusalReason } from './callers/verdict.ts'
import type { RatePolicy } from './limits/rates.ts'
import type { ReloadMetrics, WatchedName } from './reload/watched-value.ts'
import { enclaveStateNames } from './supervisor/enclave-state.ts'
import type { EnclaveState } from './supervisor/enclave-state.ts'
import type { WatermarkMetrics } from './watermark/watermarks.ts'

type Journal = 'audit' | 'watermarks'
type StateName = EnclaveState['name']

/** What was full: see `limits/`. */
type ShedBound = 'requests' | 'slow-key'

/** Every metric begins with this. */
export const metricPrefix = 'enclave_signer_'

/** In seconds: a signature through the whole chain takes under 1 ms at rest; deadlines are at 10 s. */
const durationBuckets = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]

/** What the supervisor reports. */
export interface EnclaveMetrics {
  stateChanged: (enclave: string, from: StateName | undefined, to: StateName) => void
  failed: (enclave: string, code: string) => void
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
export class Metrics implements EnclaveMetrics, ReloadMetrics, AuditMetrics, WatermarkMetrics {
  readonly registry = new Registry()
  readonly #requests = this.#counter('http_requests_total', 'HTTP requests answered', ['method', 'route', 'status'])
  readonly #requestSeconds = this.#histogram('http_request_duration_seconds', 'Time from an HTTP request to its answer', ['route'])
  readonly #signatures = this.#counter('signatures_total', 'Signing requests by outcome: ok, or the code of the error', ['key_spec', 'signing_algorithm', 'outcome'])
  readonly #idempotent = this.#counter('idempotent_requests_total', 'Requests under an idempotency key: first, replayed or refused', ['outcome'])
  readonly #idempotentEvictions = this.#counter('idempotent_evictions_total', 'Remembered answers that had to go before their time', [])
  readonly #states = this.#gauge('enclave_state', 'Which state the enclave is in: 1 for that one', ['enclave', 'state'])
  readonly #transitions = this.#counter('enclave_transitions_total', 'Changes of state', ['enclave', 'from', 'to'])
  readonly #launches = this.#counter('enclave_launches_total', 'Enclaves launched; all but the first are restarts', ['enclave'])
  readonly #failures = this.#counter('enclave_failures_total', 'What went wrong with the enclave, by code: ENCLAVE_NEVER_READY is one that ended before it was ready, ENCLAVE_GONE one that ended after', ['enclave', 'code'])
  readonly #measurements = this.#gauge('enclave_measurements_info', 'Measurements of the launched EIF', ['enclave', 'pcr0', 'pcr1', 'pcr2', 'pcr8'])
  readonly #credentials = this.#gauge('enclave_credentials_expiry_timestamp_seconds', 'When the credentials of the enclave expire, unix time', ['enclave'])
  readonly #pingSeconds = this.#gauge('enclave_ping_duration_seconds', 'Round trip of the latest ping', ['enclave'])
  readonly #clockDifference = this.#gauge('enclave_clock_difference_seconds', 'The clock of the enclave minus that of the parent', ['enclave'])
  readonly #missedPings = this.#counter('enclave_missed_pings_total', 'Pings that the enclave did not answer in time', ['enclave'])
  readonly #keysLoaded = this.#gauge('enclave_keys_loaded', 'Keys that the enclave holds', ['enclave'])
  readonly #relayRestarts = this.#counter('relay_restarts_total', 'Relays started again after they had died', ['relay'])
  readonly #keys = this.#gauge('keys', 'Stored keys', ['readable'])

  readonly #auditRecords = this.#counter('audit_records_total', 'Requests in the audit log by outcome: ok, refused or unknown', ['outcome'])
  readonly #auditSummarised = this.#counter('audit_summarised_refusals_total', 'Refusals that are in the audit log by their number only', [])
  readonly #auditAvailable = this.#gauge('audit_available', '1 while the audit log can be written; 0 while requests are refused because it cannot', [])
  readonly #auditUnsynced = this.#gauge('audit_unsynced_bytes', 'Bytes of the audit log that are not known to be on the disk', [])
  readonly #journalSyncs = this.#histogram('journal_sync_duration_seconds', 'Time until lines are on the disk', ['journal'])
  readonly #journalFailures = this.#counter('journal_failures_total', 'Writes and syncs that failed', ['journal'])
  readonly #watermarkRefusals = this.#counter('watermark_refusals_total', 'Signing requests that the guard against signing twice refused, by code', ['code'])
  readonly #callersRefused = this.#counter('callers_refused_total', 'Requests turned away because their sender is not known, by what they showed and why it did not do', ['credential', 'reason'])
  readonly #callers = this.#gauge('callers', 'Callers in the callers file that is in force', [])
  readonly #filesLoaded = this.#gauge('files_loaded_timestamp_seconds', 'When the files in force were read, unix time', ['name'])
  readonly #filesRefused = this.#gauge('files_refused', '1 while changed files are refused and those before are in force', ['name'])
  readonly #filesRefusals = this.#counter('files_refusals_total', 'Changed files that were refused', ['name'])
  readonly #certificateExpiry = this.#gauge('tls_certificate_expiry_timestamp_seconds', 'When the certificate of the API expires, unix time', [])

  readonly #shed = this.#counter('requests_shed_total', 'Requests refused because too many were in flight (requests), or signatures because too many of a slow key were (slow-key)', ['bound'])
  readonly #limited = this.#counter('rate_limited_total', 'Requests and signatures over a rate, by the rate', ['policy'])
  readonly #slowKeyWait = this.#histogram('slow_key_wait_seconds', 'Time that a signature of a slow key waited for its turn', [])
  readonly #connectionsRefused = this.#counter('connections_refused_total', 'Connections closed as they came because too many were open', [])

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

  /** Signing requests since the start, by how they ended. */
  async signingTotals (): Promise<{ signed: number, refused: number }> {
    const { values } = await this.#signatures.get()
    const sum = (wanted: boolean): number => values.reduce((total, { labels, value }) => (labels.outcome === 'ok') === wanted ? total + value : total, 0)
    return { signed: sum(true), refused: sum(false) }
  }

  /** A request under an idempotency key. */
  idempotentRequest (outcome: 'first' | 'replayed' | 'refused'): void {
    this.#idempotent.inc({ outcome })
  }

  idempotentAnswerEvicted (): void {
    this.#idempotentEvictions.inc()
  }

  stateChanged (enclave: string, from: StateName | undefined, to: StateName): void {
    for (const state of enclaveStateNames) this.#states.set({ enclave, state }, state === to ? 1 : 0)
    if (from !== undefined) this.#transitions.inc({ enclave, from, to })
  }

  /** `code` is one of this service's or of nitro-cli's. */
  failed (enclave: string, code: string): void {
    this.#failures.inc({ enclave, code })
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

  /** A request, or a signature of a slow key, was refused because too many were in flight. */
  requestShed (bound: ShedBound): void {
    this.#shed.inc({ bound })
  }

  rateLimited (policy: RatePolicy): void {
    this.#limited.inc({ policy })
  }

  slowKeyWaited (seconds: number): void {
    this.#slowKeyWait.observe(seconds)
  }

  connectionRefused (): void {
    this.#connectionsRefused.inc()
  }

  /** Has the figures of now read at each scrape. */
  watchLoad ({ requests, overloaded }: { requests: () => number, overloaded: () => boolean }): void {
    this.#read('requests_in_flight', 'Requests being answered, without probes and streams', requests)
    this.#read('overloaded', '1 while requests are shed', () => overloaded() ? 1 : 0)
  }

  /** The same for connections. */
  watchConnections (open: () => Promise<number>): void {
    this.#read('connections', 'Connections open to the API', open)
  }

  auditRecorded (outcome: AuditOutcome): void {
    this.#auditRecords.inc({ outcome })
  }

  auditSummarised (count: number): void {
    this.#auditSummarised.inc(count)
  }

  auditAvailable (available: boolean): void {
    this.#auditAvailable.set(available ? 1 : 0)
  }

  auditUnsynced (bytes: number): void {
    this.#auditUnsynced.set(bytes)
  }

  journalSynced (journal: Journal, seconds: number): void {
    this.#journalSyncs.observe({ journal }, seconds)
  }

  journalFailed (journal: Journal): void {
    this.#journalFailures.inc({ journal })
  }

  watermarkRefused (code: string): void {
    this.#watermarkRefusals.inc({ code })
  }

  /** Somebody whom nobody knows was turned away. */
  callerRefused (credential: CredentialKind, reason: RefusalReason): void {
    this.#callersRefused.inc({ credential, reason })
  }

  /** How many callers are in force. */
  callersKnown (count: number): void {
    this.#callers.set(count)
  }

  /** `at` is unix time in milliseconds. */
  filesLoaded (name: WatchedName, at: number): void {
    this.#filesLoaded.set({ name }, at / 1000)
    this.#filesRefused.set({ name }, 0)
  }

  filesRefused (name: WatchedName): void {
    this.#filesRefused.set({ name }, 1)
    this.#filesRefusals.inc({ name })
  }

  /** `at` is unix time in milliseconds. */
  certificateExpires (at: number): void {
    this.#certificateExpiry.set(at / 1000)
  }

  #counter<L extends string>(name: string, help: string, labelNames: L[]): Counter<L> {
    return new Counter({ name: metricPrefix + name, help, labelNames, registers: [this.registry] })
  }

  #gauge<L extends string>(name: string, help: string, labelNames: L[]): Gauge<L> {
    return new Gauge({ name: metricPrefix + name, help, labelNames, registers: [this.registry] })
  }

  /** A gauge that is read when it is scraped. */
  #read (name: string, help: string, read: () => number | Promise<number>): void {
    const gauge: Gauge = new Gauge({ name: metricPrefix + name, help, registers: [this.registry], collect: async () => { gauge.set(await read()) } })
  }

  #histogram<L extends string>(name: string, help: string, labelNames: L[]): Histogram<L> {
    return new Histogram({ name: metricPrefix + name, help, labelNames, buckets: durationBuckets, registers: [this.registry] })
  }
}
