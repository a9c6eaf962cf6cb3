import type { FastifyReply, FastifyRequest } from 'fastify'

import type { Limits } from '../limits/limits.ts'
import { RateLimited } from '../limits/rate-limited.ts'
import type { Metrics } from '../metrics/metrics.ts'
import { RequestProblem } from '../problems/request-problem.ts'
import type { ProblemCode } from '../problems/problem-table.ts'
import type { ClientErrors } from './client-errors.ts'
import { givePlaceBack } from './shed-requests.ts'
import type { HttpServer } from './http-server.ts'
import type { TellProblem } from './tell-problem.ts'

const mediaType = 'application/problem+json'

/** Answers a request with an error. */
export type AnswerProblem = (error: unknown, request: FastifyRequest, reply: FastifyReply) => void

/** What was refused for its number, not for what it is: clients ask for it again. */
const tooMany: ReadonlySet<ProblemCode> = new Set(['RATE_LIMITED', 'OVERLOADED'])

/** What answering takes. */
export interface AnswerParts {
  tell: TellProblem
  metrics: Pick<Metrics, 'requestAnswered'>
  clientErrors: Pick<ClientErrors, 'hasTold'>
  /** Where there are limits, who came too often is answered a little later. */
  limits?: Pick<Limits, 'requests' | 'refusals'>
}

/** Makes errors `application/problem+json`. */
export function createAnswerProblem ({ tell, metrics, clientErrors, limits }: AnswerParts): AnswerProblem {
  return (error, request, reply) => {
    if (clientErrors.hasTold(request)) return
    const { problem, retryAfter } = tell(error, request)
    // Where there is a route, its own hook counts (measure-requests.ts).
    if (request.routeOptions.url === undefined) metrics.requestAnswered(request.method, 'unmatched', problem.status, reply.elapsedTime / 1000)
    reply.header('x-request-id', request.id)
    if (retryAfter !== undefined) reply.header('retry-after', retryAfter)
    if (error instanceof RateLimited) reply.headers(error.headers)
    const send = (): void => { reply.code(problem.status).type(mediaType).send(JSON.stringify(problem)) }
    if (limits !== undefined && tooMany.has(problem.code)) {
      givePlaceBack(request, limits.requests)
      limits.refusals.hold(send)
    } else {
      send()
    }
  }
}

/** Leads every error to `answer`: what routes throw, faults of schemas, unknown routes, and requests that come while the server closes. */
export function answerProblems (app: HttpServer, answer: AnswerProblem): void {
  let closing = false
  app.addHook('preClose', done => {
    closing = true
    done()
  })
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id)
    if (!closing) {
      done()
      return
    }
    reply.header('connection', 'close')
    done(new RequestProblem('SHUTTING_DOWN', 'the service is stopping'))
  })
  app.setErrorHandler((error, request, reply) => { answer(error, request, reply) })
  app.setNotFoundHandler((request, reply) => {
    answer(new RequestProblem('ROUTE_NOT_FOUND', `there is no route ${request.method} ${request.url.split('?')[0] ?? ''}`), request, reply)
  })
}
