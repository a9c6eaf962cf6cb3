import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import fastify from 'fastify'

import { isMeantForThisHost } from '../callers/local-requests.ts'
import { answerProblems, createAnswerProblem } from './answer-problems.ts'
import { ClientErrors } from './client-errors.ts'
import { connectionOptions, ordinaryTimeouts } from './connections.ts'
import { isLoopback } from '../loopback.ts'
import { foreignRequest } from './foreign-request.ts'
import type { HttpContext } from './context.ts'
import type { HttpServer } from './http-server.ts'
import { measureRequests } from './measure-requests.ts'
import { refuseUnreadable } from './refuse-unreadable.ts'
import { createRequestIds } from './request-id.ts'
import { probeRoutes } from './routes/operation.ts'
import { createTellProblem } from './tell-problem.ts'
import type { TellProblem } from './tell-problem.ts'

/** Connections at once: some Prometheus and load balancers. Whoever opens more has none of the process's files left for the API. */
const maxConnections = 100

/**
 * Metrics and probes on a listener of their own, not listening yet: plain HTTP without credentials, for a Prometheus and a load balancer
 * inside of the network. Nothing else is served there. On loopback nothing is served to pages that a browser shows.
 */
export async function createOpsServer (context: Pick<HttpContext, 'status' | 'metrics' | 'log'>): Promise<HttpServer> {
  const { metrics, log } = context
  const requestIds = createRequestIds()
  const clientErrors = new ClientErrors({ requestIds, metrics, log })
  const answer = createAnswerProblem({ tell: withoutDocs(createTellProblem(log, metrics)), metrics, clientErrors })
  const app: HttpServer = fastify({
    logger: false,
    bodyLimit: 1024,
    ...connectionOptions(ordinaryTimeouts),
    return503OnClosing: false,
    genReqId: requestIds,
    clientErrorHandler: (error, socket) => { clientErrors.answer(error, socket) },
    frameworkErrors: (error, request, reply) => { answer(error, request, reply) },
  }).withTypeProvider<TypeBoxTypeProvider>()
  app.server.maxConnections = maxConnections
  clientErrors.watch(app)
  answerProblems(app, answer)
  app.addHook('onRequest', (request, _reply, done) => {
    const listening = app.server.address()
    const isLocal = listening !== null && typeof listening === 'object' && isLoopback(listening.address)
    done(isLocal && !isMeantForThisHost(request.headers) ? foreignRequest() : undefined)
  })
  refuseUnreadable(app)
  measureRequests(app, metrics)
  // Schemas are for the document of the API; here they would only be compiled.
  probeRoutes(app, context)
  await app.ready()
  return app
}

/** There is no page here that could say which routes there are. */
function withoutDocs (tell: TellProblem): TellProblem {
  return (error, request) => {
    const told = tell(error, request)
    if (told.problem.code === 'ROUTE_NOT_FOUND') told.problem.detail = 'Here are GET /livez, /readyz and /metrics; the API has a listener of its own.'
    return told
  }
}
