import { createServer } from 'node:http'
import type { RequestListener, ServerOptions } from 'node:http'

import type { FastifyServerFactory, FastifyServerOptions } from 'fastify'

import type { ServerTls } from '../tls/server-tls.ts'

/** What the servers are made with. */
export interface ServerParts {
  /** HTTPS where it is given. */
  readonly tls: Pick<ServerTls, 'createServer'> | undefined
  /** Sees requests before the framework does. */
  readonly before: (framework: RequestListener) => RequestListener
}

/** Makes servers with the options that Fastify gives to servers of its own making. */
export function serverFactory ({ tls, before }: ServerParts): FastifyServerFactory {
  return (handler, given) => {
    const { http = {}, keepAliveTimeout, requestTimeout, connectionTimeout = 0, maxRequestsPerSocket = 0 } =
      given as FastifyServerOptions & { http?: ServerOptions }
    const options = { ...http, keepAliveTimeout, requestTimeout }
    const listener = before(handler)
    const server = tls === undefined ? createServer(options, listener) : tls.createServer(options, listener)
    server.setTimeout(connectionTimeout)
    server.maxRequestsPerSocket = maxRequestsPerSocket
    return server
  }
}
