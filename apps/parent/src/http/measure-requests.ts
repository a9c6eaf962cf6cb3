import type { onResponseHookHandler } from 'fastify'

import type { Metrics } from '../metrics/metrics.ts'
import type { HttpServer } from './http-server.ts'

/**
 * Counts and times every answer of a route under the route's pattern. Each route gets a hook of its own: looking the pattern up at
 * every request costs more.
 */
export function measureRequests (app: HttpServer, metrics: Metrics): void {
  app.addHook('onRoute', route => {
    const { url } = route
    const measure: onResponseHookHandler = (request, reply, done) => {
      metrics.requestAnswered(request.method, url, reply.statusCode, reply.elapsedTime / 1000)
      done()
    }
    route.onResponse = [measure, ...[route.onResponse ?? []].flat()]
  })
}
