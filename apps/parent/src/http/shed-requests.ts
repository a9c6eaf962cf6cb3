import type { ServerResponse } from 'node:http'

import type { FastifyRequest } from 'fastify'

import type { Gate } from '../limits/gate.ts'
import type { Limits } from '../limits/limits.ts'
import type { Metrics } from '../metrics/metrics.ts'
import type { HttpServer } from './http-server.ts'
import { problemOf } from '../problems/problem.ts'
import { RequestProblem } from '../problems/request-problem.ts'

/**
 * Refuses requests that would wait too long, before anything else is done with them: no caller is looked up, no body read, nothing
 * logged. Routes that are `limited` never, or by rates only, are neither refused nor counted.
 */
export function shedRequests (app: HttpServer, { requests, refusals }: Limits, metrics: Metrics): void {
  const neverShed = new Set<string>()
  app.addHook('onRoute', ({ url, config }) => {
    if (config?.limited === 'never' || config?.limited === 'by-rates') neverShed.add(url)
  })
  app.decorateRequest('hasPlace', false)
  app.addHook('onRequest', (request, reply, done) => {
    if (neverShed.has(pathOf(request.raw.url ?? ''))) {
      done()
    } else if (requests.enter()) {
      request.hasPlace = true
      reply.raw.once('close', () => { givePlaceBack(request, requests) })
      done()
    } else {
      metrics.requestShed('requests')
      metrics.problemAnswered(request.routeOptions.url ?? 'unmatched', 'OVERLOADED')
      reply.hijack()
      refusals.hold(() => { answerOverloaded(reply.raw, request.id) })
    }
  })
}

/** The place of a request that nothing is done for any more; its answer may still be on its way. */
export function givePlaceBack (request: FastifyRequest, requests: Gate): void {
  if (!request.hasPlace) return
  request.hasPlace = false
  requests.leave()
}

/** A problem of {@link problemOf} around the one thing that differs. */
const { problem, retryAfter = '' } = problemOf(new RequestProblem('OVERLOADED', ''), { requestId: '\n' })
const [beforeId = '', afterId = ''] = JSON.stringify(problem).split('\\n')

/** Answers 503 `OVERLOADED` past the framework. Request ids are plain ASCII (`request-id.ts`), in JSON and in bytes alike. */
export function answerOverloaded (response: ServerResponse, requestId: string): void {
  const body = beforeId + requestId + afterId
  response.writeHead(problem.status, {
    'content-type': 'application/problem+json; charset=utf-8',
    'content-length': body.length,
    'retry-after': String(retryAfter),
    'x-request-id': requestId,
  })
  response.end(body)
}

function pathOf (url: string): string {
  const end = url.indexOf('?')
  return end === -1 ? url : url.slice(0, end)
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Whether it is among the requests in flight. */
    hasPlace: boolean
  }
  interface FastifyContextConfig {
    /**
     * `never`: probes, which must be answered under any load, and streams, which last. `by-rates`: what people look at when there is
     * overload counts against rates only. `each-signature`: the signatures of a request count against rates, not the request. Otherwise
     * each request counts, against rates and among those in flight.
     */
    limited?: 'never' | 'by-rates' | 'each-signature'
  }
}
