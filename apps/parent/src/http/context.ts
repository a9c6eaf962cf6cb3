import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyBaseLogger, FastifyInstance, RawReplyDefaultExpression, RawRequestDefaultExpression, RawServerDefault } from 'fastify'

import type { Caller } from '../callers/caller.ts'
import type { LineStreams } from '../console/line-streams.ts'
import type { EnclaveRequests } from '../enclave-client/enclave-requests.ts'
import type { LoadedKeys } from '../enclave-client/loaded-keys.ts'
import type { KeyStore } from '../key-store/key-store.ts'
import type { Logger } from '../logger.ts'
import type { Metrics } from '../metrics.ts'
import type { Signing } from '../signing/signing.ts'
import type { ServiceStatus } from './schemas.ts'

/** What the routes work with. */
export interface HttpContext {
  keys: KeyStore
  /** Requests to an enclave that is ready; refused with `ENCLAVE_NOT_READY` where none is. */
  enclave: EnclaveRequests
  status: () => ServiceStatus
  /** Where lines of the enclaves are read. */
  consoleStreams: LineStreams
  metrics: Metrics
  log: Logger
  /** Unix time in milliseconds. */
  now: () => number
}

/** The same with what the routes share. */
export interface RouteContext extends HttpContext {
  loadedKeys: LoadedKeys
  signing: Signing
}

/** The server with its routes' types. */
export type HttpServer =
  FastifyInstance<RawServerDefault, RawRequestDefaultExpression, RawReplyDefaultExpression, FastifyBaseLogger, TypeBoxTypeProvider>

declare module 'fastify' {
  interface FastifyRequest {
    /** Whoever sent the request; set before its body is read. */
    caller: Caller
  }
}
