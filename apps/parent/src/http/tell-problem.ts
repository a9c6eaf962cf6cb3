import type { FastifyRequest } from 'fastify'

import { messageOf } from '../errors.ts'
import type { Logger } from '../logger.ts'
import type { HttpMetrics } from '../metrics/http-metrics.ts'
import { RequestProblem } from '../problems/request-problem.ts'
import { fieldProblem, isValidationError } from './field-problem.ts'
import type { ValidationError } from './field-problem.ts'
import { problemOf } from '../problems/problem.ts'
import type { ProblemAnswer } from '../problems/problem.ts'
import type { ProblemCode } from '../problems/problem-table.ts'

const importRoute = '/keys/import'

/** That no enclave is ready, or too much is asked of it, is told once, when it begins; a line for each probe and request would bury it. */
const toldOnce: ReadonlySet<ProblemCode> = new Set(['ENCLAVE_NOT_READY', 'OVERLOADED'])

/** The problem of an error. */
export type TellProblem = (error: unknown, request: FastifyRequest) => ProblemAnswer

/** Turns errors into problems, counts them, and logs those that are not the caller's fault. */
export function createTellProblem (log: Logger, metrics: Pick<HttpMetrics, 'problemAnswered'>): TellProblem {
  return (thrown, request) => {
    const error = isValidationError(thrown) ? refusalBySchema(thrown, request) : thrown
    const { url } = request.routeOptions
    const told = problemOf(error, { requestId: request.id, importing: url === importRoute })
    const { code, status } = told.problem
    metrics.problemAnswered(url ?? 'unmatched', code)
    const line = {
      requestId: request.id, traceId: request.trace?.traceId, method: request.method, route: url, status, code, reason: messageOf(error),
    }
    if (status < 500 || toldOnce.has(code)) log.debug(line, 'request refused')
    else if (code === 'INTERNAL') log.error({ ...line, err: error }, 'request failed')
    else log.warn(line, 'request failed')
    return told
  }
}

/** A body that is not there is that, whether or not a content type announces one: none of its fields is to blame. */
function refusalBySchema (error: ValidationError, { body }: FastifyRequest): RequestProblem {
  return error.validationContext === 'body' && body === undefined ? new RequestProblem('MALFORMED_REQUEST', 'there is no body') : fieldProblem(error)
}
