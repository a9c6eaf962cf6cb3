import { STATUS_CODES } from 'node:http'

import type { FastifyReply, FastifyRequest, FastifySchemaValidationError, FastifyServerOptions } from 'fastify'

import { messageOf } from '../errors.ts'
import type { Logger } from '../logger.ts'
import type { Metrics } from '../metrics.ts'
import { problemOf, RequestProblem } from './problem.ts'
import type { HttpServer } from './context.ts'

const mediaType = 'application/problem+json'
const importRoute = '/keys/import'

/** Answers a request with an error. */
export type AnswerProblem = (error: unknown, request: FastifyRequest, reply: FastifyReply) => void

/** Makes errors `application/problem+json`, and logs those that are not the caller's fault. */
export function createAnswerProblem (log: Logger): AnswerProblem {
  return (thrown, request, reply) => {
    const error = isValidationError(thrown) ? fieldProblem(thrown) : thrown
    const { url } = request.routeOptions
    const { problem, retryAfter } = problemOf(error, { requestId: request.id, importing: url === importRoute })
    const { code, status } = problem
    const line = { requestId: request.id, method: request.method, route: url, status, code, reason: messageOf(error) }
    // That no enclave is ready is told once, by its state; a line for each probe and request would bury it.
    if (status < 500 || code === 'ENCLAVE_NOT_READY') log.debug(line, 'request refused')
    else if (code === 'INTERNAL') log.error({ ...line, err: error }, 'request failed')
    else log.warn(line, 'request failed')
    reply.header('x-request-id', request.id)
    if (retryAfter !== undefined) reply.header('retry-after', retryAfter)
    reply.code(status).type(mediaType).send(JSON.stringify(problem))
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

interface ValidationError {
  validation: FastifySchemaValidationError[]
  validationContext?: string
}

function isValidationError (error: unknown): error is ValidationError {
  return error instanceof Error && 'validation' in error && Array.isArray(error.validation)
}

function fieldProblem ({ validation, validationContext }: ValidationError): RequestProblem {
  const where = validationContext === 'querystring' ? 'query' : validationContext ?? 'request'
  const errors = validation.map(({ instancePath, params, message = 'is not valid' }) => {
    const { missingProperty, additionalProperty, allowedValues } = params
    const member = missingProperty ?? additionalProperty
    return {
      field: typeof member === 'string' ? `${instancePath}/${member}` : instancePath === '' ? '/' : instancePath,
      message: Array.isArray(allowedValues) ? `${message}: ${allowedValues.join(', ')}` : message,
    }
  })
  const [first] = errors
  return new RequestProblem('INVALID_REQUEST_FIELD', `the ${where}'s ${first?.field ?? '/'} is not valid: ${first?.message ?? ''}`, errors)
}
