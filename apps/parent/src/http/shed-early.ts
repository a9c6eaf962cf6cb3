import type { IncomingMessage, RequestListener } from 'node:http'

import type { Limits } from '../limits/limits.ts'
import type { Metrics } from '../metrics/metrics.ts'
import { answerOverloaded } from './shed-requests.ts'

/** What refusing needs. */
export interface ShedEarlyParts {
  readonly limits: Pick<Limits, 'requests' | 'refusals'>
  readonly metrics: Pick<Metrics, 'requestShed' | 'requestAnswered' | 'problemAnswered'>
  readonly requestIds: (request: IncomingMessage) => string
}

const route = '/sign'

/**
 * Refuses signatures before the framework sees them while there is overload: what refusals cost, the requests that were let in do not get.
 * Everything else, and what begins an overload, is `shed-requests.ts`'s.
 */
export function shedEarly ({ limits, metrics, requestIds }: ShedEarlyParts, framework: RequestListener): RequestListener {
  const { requests, refusals } = limits
  return (request, response) => {
    if (!requests.overloaded || request.method !== 'POST' || request.url !== route || !requests.refuses()) {
      framework(request, response)
      return
    }
    const begunMs = performance.now()
    metrics.requestShed('requests')
    metrics.problemAnswered(route, 'OVERLOADED')
    refusals.hold(() => {
      answerOverloaded(response, requestIds(request))
      metrics.requestAnswered('POST', route, response.statusCode, (performance.now() - begunMs) / 1000)
    })
  }
}
