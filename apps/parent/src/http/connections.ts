import { promisify } from 'node:util'

import type { FastifyServerOptions } from 'fastify'

import type { LimitSettings } from '../limits/limit-settings.ts'
import type { Metrics } from '../metrics/metrics.ts'
import type { HttpServer } from './http-server.ts'
import { readableOptions } from './refuse-unreadable.ts'

/** How long a connection may take over what; milliseconds. */
export interface ConnectionTimeouts {
  /** From the beginning of a connection or of a request to the end of the request's head; for a TLS handshake too. */
  readonly headersMs: number
  /** To the end of its body. */
  readonly requestMs: number
  /** Between requests. Longer than load balancers wait (60 s), so that it is never this end that closes under a request. */
  readonly keepAliveMs: number
  /** While nothing moves under a request or an answer: longer than any request may take. */
  readonly silenceMs: number
  /** How often the first two are looked at. */
  readonly checkMs: number
}

/** Those of production. */
export const ordinaryTimeouts: ConnectionTimeouts = {
  headersMs: 5000, requestMs: 10_000, keepAliveMs: 72_000, silenceMs: 70_000, checkMs: 1000,
}

type ConnectionOptions = Required<Pick<FastifyServerOptions, 'requestTimeout' | 'keepAliveTimeout' | 'connectionTimeout'>> & { http: object }

/** How connections are read: the timeouts as Fastify takes them, and in `http` what Node's servers take themselves. */
export function connectionOptions ({ headersMs, requestMs, keepAliveMs, silenceMs, checkMs }: ConnectionTimeouts): ConnectionOptions {
  return {
    requestTimeout: requestMs,
    keepAliveTimeout: keepAliveMs,
    connectionTimeout: silenceMs,
    http: { ...readableOptions, headersTimeout: headersMs, connectionsCheckingInterval: checkMs, handshakeTimeout: headersMs },
  }
}

/** Closes connections that are too many as they come. */
export function boundConnections ({ server }: HttpServer, { maxConnections }: Pick<LimitSettings, 'maxConnections'>, metrics: Metrics): void {
  server.maxConnections = maxConnections
  server.on('drop', () => { metrics.connectionRefused() })
  metrics.watchConnections(promisify(server.getConnections.bind(server)))
}
