import { STATUS_CODES } from 'node:http'

import type { FastifyReply, FastifyRequest, FastifyServerOptions } from 'fastify'

import type { Limits } from '../limits/limits.ts'
import { RateLimited } from '../limits/rate-limited.ts'
import type { Metrics } from '../metrics/metrics.ts'
import { problemOf } from '../problems/problem.ts'
import { RequestProblem } from '../problems/request-problem.ts'
import type { ProblemCode } from '../problems/problem-table.ts'
import { givePlaceBack } from './shed-requests.ts'
import type { HttpServer } from './http-server.ts'
import type { TellProblem } from './tell-problem.ts'

const mediaType = 'application/problem+json'

/** Answers a request with an error. */
export type AnswerProblem = (error: unknown, request: FastifyRequest, reply: FastifyReply) => void

/** What was refused for its number, not for what it is: clients ask for it again. */
const tooMany: ReadonlySet<ProblemCode> = new Set(['RATE_LIMITED', 'OVERLOADED'])

/** Makes errors `application/problem+json`; where there are limits, who came too often is answered a little later. */
export function createAnswerProblem (tell: TellProblem, limits?: Pick<Limits, 'requests' | 'refusals'>): AnswerProblem {
  return (error, request, reply) => {
    const { problem, retryAfter } = tell(error, request)
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
export function answerProblems (app: HttpServer, answer: AnswerProblem, metrics: Metrics): void {
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
    metrics.requestAnswered(request.method, 'unmatched', 404, reply.elapsedTime / 1000)
    answer(new RequestProblem('ROUTE_NOT_FOUND', `there is no route ${request.method} ${request.url.split('?')[0] ?? ''}`), request, reply)
  })
}

/** The answer to bytes that are no HTTP request, or that come too slowly: there is no reply object for those. */
export function answerClientErrors (): NonNullable<FastifyServerOptions['clientErrorHandler']> {
  return (error, socket) => {
    if (socket.destroyed || !socket.writable || error.code === 'ECONNRESET') {
      socket.destroy()
      return
    }
    const code = error.code === 'HPE_HEADER_OVERFLOW' ? 'HEADERS_TOO_LARGE' : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'REQUEST_TIMEOUT' : 'MALFORMED_REQUEST'
    const { problem } = problemOf(new RequestProblem(code, 'the request cannot be read'), { requestId: 'none' })
    const body = JSON.stringify(problem)
    const statusLine = `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}`
    const headers = [`content-type: ${mediaType}`, `content-length: ${Buffer.byteLength(body)}`, 'connection: close']
    socket.end([statusLine, ...headers, '', body].join('\r\n'))
  }
}
