import type { ServerOptions } from 'node:http'

import type { FastifyServerFactory, FastifyServerOptions } from 'fastify'

import type { ServerTls } from '../tls/server-tls.ts'

/** Makes HTTPS servers with the options that Fastify gives to servers of its own making. */
export function httpsServerFactory (tls: ServerTls): FastifyServerFactory {
  return (handler, given) => {
    const { http = {}, keepAliveTimeout, requestTimeout, connectionTimeout = 0, maxRequestsPerSocket = 0 } =
      given as FastifyServerOptions & { http?: ServerOptions }
    const server = tls.createServer({ ...http, keepAliveTimeout, requestTimeout }, handler)
    server.setTimeout(connectionTimeout)
    server.maxRequestsPerSocket = maxRequestsPerSocket
    return server
  }
}
