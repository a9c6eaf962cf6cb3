import { parseTraceparent } from '../tracing/trace-context.ts'
import type { RequestTrace, Tracing } from '../tracing/tracing.ts'
import type { HttpServer } from './http-server.ts'

/** Gives requests their trace: from the caller's `traceparent`, and as spans where `tracing` takes them. Probes and scrapes have none. */
export function traceRequests (app: HttpServer, tracing: Tracing | undefined): void {
  app.decorateRequest('trace')
  app.addHook('onRequest', (request, _reply, done) => {
    const parent = parseTraceparent(request.headers.traceparent)
    const { url: route, config } = request.routeOptions
    if (tracing !== undefined && route !== undefined && config.untraced !== true) {
      const span = tracing.begin({ method: request.method, route, requestId: request.id }, parent)
      request.trace = { traceId: span.traceId, span }
    } else if (parent !== undefined) {
      request.trace = { traceId: parent.traceId }
    }
    done()
  })
  if (tracing === undefined) return
  app.addHook('onResponse', (request, reply, done) => {
    request.trace?.span?.end(reply.statusCode)
    done()
  })
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Undefined for a request that is in no trace. */
    trace: RequestTrace | undefined
  }
  interface FastifyContextConfig {
    /** Of routes that are asked every few seconds. */
    untraced?: boolean
  }
}
