import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import swaggerUi from '@fastify/swagger-ui'
import fastify from 'fastify'
import type { FastifyServerOptions } from 'fastify'

import { LoadedKeys } from '../enclave-client/loaded-keys.ts'
import { AnswerMemory } from '../idempotency/answer-memory.ts'
import { createLimits } from '../limits/limits.ts'
import { Signing } from '../signing/signing.ts'
import { answerProblems, createAnswerProblem } from './answer-problems.ts'
import { auditRefusals } from './audit-refusals.ts'
import { authenticateRequests } from './authenticate.ts'
import { authoriseRequests } from './authorise.ts'
import { boundConnections, connectionOptions, ordinaryTimeouts } from './connections.ts'
import { ClientErrors } from './client-errors.ts'
import type { HttpContext, RouteContext } from './context.ts'
import type { HttpServer } from './http-server.ts'
import { giveDeadlines } from './deadlines.ts'
import { limitRates } from './limit-rates.ts'
import { measureRequests } from './measure-requests.ts'
import { registerOpenApi } from './openapi/register.ts'
import { refuseOtherMethods } from './other-methods.ts'
import { refuseUnreadable } from './refuse-unreadable.ts'
import { createRequestIds } from './request-id.ts'
import { attestationRoutes } from './routes/attestation.ts'
import { consoleRoute } from './routes/console.ts'
import { importRoutes } from './routes/import.ts'
import { keyRoutes } from './routes/keys.ts'
import { operationRoutes } from './routes/operation.ts'
import { signBatchRoute } from './routes/sign-batch.ts'
import { signRoute } from './routes/sign.ts'
import { statusPageRoute } from './routes/status-page.ts'
import { statusRoute } from './routes/status.ts'
import { serverFactory } from './server-factory.ts'
import { shedEarly } from './shed-early.ts'
import { shedRequests } from './shed-requests.ts'
import { createTellProblem } from './tell-problem.ts'
import { traceRequests } from './trace-requests.ts'

/** An RSA-4096 key's ciphertext takes about 3.5 KiB of base64, the largest message 5.4 KiB. */
const bodyLimit = 16 * 1024

const options: FastifyServerOptions = {
  // The service logs failures itself: no child logger a request.
  logger: false,
  bodyLimit,
  return503OnClosing: false,
  // A key id that is too long is a field that is not valid, not a route that is not there: as long as headers may be.
  routerOptions: { maxParamLength: 16_384 },
  // A member __proto__ is one more that the schemas refuse, each item of a batch for itself; nothing here merges a body into an object.
  onProtoPoisoning: 'ignore',
  onConstructorPoisoning: 'ignore',
  ajv: { customOptions: { removeAdditional: false, coerceTypes: false, allErrors: false } },
}

/** The HTTP API with every route, not listening yet. */
export async function createHttpServer (context: HttpContext): Promise<HttpServer> {
  const tellProblem = createTellProblem(context.log, context.metrics)
  const limits = createLimits(context.limits, context)
  const { metrics, tls } = context
  const requestIds = createRequestIds()
  const clientErrors = new ClientErrors({ ...context, requestIds })
  const answer = createAnswerProblem({ tell: tellProblem, metrics, clientErrors, limits })
  const app: HttpServer = fastify({
    ...options,
    ...connectionOptions({ ...ordinaryTimeouts, ...context.timeouts }),
    serverFactory: serverFactory({ tls, before: framework => shedEarly({ limits, metrics, requestIds }, framework) }),
    genReqId: requestIds,
    clientErrorHandler: (error, socket) => { clientErrors.answer(error, socket) },
    frameworkErrors: (error, request, reply) => { answer(error, request, reply) },
  }).withTypeProvider<TypeBoxTypeProvider>()
  const loadedKeys = new LoadedKeys(context.enclave, context.keys, context.metrics)
  const answerMemory = new AnswerMemory({
    windowMs: context.idempotencyWindowMs,
    onEvicted: () => { context.metrics.idempotentAnswerEvicted() },
  })
  const signing = new Signing({ ...context, ...limits, loadedKeys })
  const routes: RouteContext = { ...context, ...limits, loadedKeys, signing, tellProblem, answerMemory }

  app.removeContentTypeParser('text/plain')
  boundConnections(app, context.limits, metrics)
  clientErrors.watch(app)
  shedRequests(app, limits, metrics)
  giveDeadlines(app, context.limits)
  traceRequests(app, context.tracing)
  answerProblems(app, answer)
  refuseUnreadable(app)
  authenticateRequests(app, context)
  authoriseRequests(app)
  auditRefusals(app, context.audit)
  limitRates(app, limits.rates)
  measureRequests(app, metrics)
  app.decorateRequest('idempotent', null)
  await registerOpenApi(app)
  await app.register(swaggerUi, { routePrefix: '/docs', staticCSP: true })
  const otherMethods = refuseOtherMethods(app)
  for (const add of [
    signRoute, signBatchRoute, keyRoutes, importRoutes, attestationRoutes, statusRoute, statusPageRoute, consoleRoute, operationRoutes,
  ]) add(app, routes)
  otherMethods()
  await app.ready()
  return app
}
