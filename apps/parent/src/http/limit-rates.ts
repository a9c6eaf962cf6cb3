import type { preHandlerHookHandler } from 'fastify'

import type { Rates } from '../limits/rates.ts'
import type { HttpServer } from './http-server.ts'

/**
 * Counts every request of a caller against its rate, once it is known who asks and that he may. Of routes that are `limited`
 * never, or by each signature (`shed-requests.ts`), none are counted here.
 */
export function limitRates (app: HttpServer, rates: Rates): void {
  const limit: preHandlerHookHandler = (request, reply, done) => {
    rates.take(request.caller)
    rates.tell(reply, request.caller)
    done()
  }
  app.addHook('onRoute', route => {
    if (route.config?.limited === undefined || route.config.limited === 'by-rates') route.preHandler = [...[route.preHandler ?? []].flat(), limit]
  })
}
