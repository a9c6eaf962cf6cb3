import type { Audit } from '../audit/audit.ts'
import type { Caller } from '../callers/caller.ts'
import type { Callers } from '../callers/callers.ts'
import type { LineStreams } from '../console/line-streams.ts'
import type { EnclaveRequests } from '../enclave-client/enclave-requests.ts'
import type { LoadedKeys } from '../enclave-client/loaded-keys.ts'
import type { AnswerMemory } from '../idempotency/answer-memory.ts'
import type { LimitSettings } from '../limits/limit-settings.ts'
import type { Limits } from '../limits/limits.ts'
import type { KeyStore } from '../key-store/key-store.ts'
import type { Logger } from '../logger.ts'
import type { Metrics } from '../metrics/metrics.ts'
import type { Signing } from '../signing/signing.ts'
import type { ServerTls } from '../tls/server-tls.ts'
import type { Tracing } from '../tracing/tracing.ts'
import type { Watermarks } from '../watermark/watermarks.ts'
import type { ConnectionTimeouts } from './connections.ts'
import type { ServiceStatus } from './schemas/status.ts'
import type { TellProblem } from './tell-problem.ts'

/** What the routes work with. */
export interface HttpContext {
  keys: KeyStore
  /** Requests to an enclave that is ready; refused with `ENCLAVE_NOT_READY` where none is. */
  enclave: EnclaveRequests
  status: () => ServiceStatus
  /** Who may call. */
  callers: Callers
  /** Plain HTTP where undefined. */
  tls?: ServerTls | undefined
  /** Where lines of the enclaves are read. */
  consoleStreams: LineStreams
  metrics: Metrics
  audit: Audit
  watermarks: Watermarks
  /** Where spans go; undefined where none are wanted. */
  tracing?: Tracing | undefined
  log: Logger
  /** What the service bears. */
  limits: LimitSettings
  /** Where those of production are not wanted: tests do not wait so long. */
  timeouts?: Partial<ConnectionTimeouts>
  /** How long answers are remembered under their idempotency keys, in milliseconds. */
  idempotencyWindowMs: number
  /** Unix time in milliseconds. */
  now: () => number
}

/** The same with what the routes share. */
export interface RouteContext extends Omit<HttpContext, 'limits'>, Limits {
  loadedKeys: LoadedKeys
  signing: Signing
  tellProblem: TellProblem
  answerMemory: AnswerMemory
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Whoever sent the request; set before its body is read. */
    caller: Caller
  }
}
