import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import fastify from 'fastify'
import type { FastifyServerOptions } from 'fastify'

import { loopbackCaller } from '../callers/caller.ts'
import type { Caller } from '../callers/caller.ts'
import { LoadedKeys } from '../enclave-client/loaded-keys.ts'
import { Signing } from '../signing/signing.ts'
import { answerClientErrors, answerProblems, createAnswerProblem } from './answer-problems.ts'
import type { HttpContext, HttpServer, RouteContext } from './context.ts'
import { measureRequests } from './measure-requests.ts'
import { openApiDocument } from './openapi.ts'
import { refuseOtherMethods } from './other-methods.ts'
import { createRequestIds } from './request-id.ts'
import { attestationRoutes } from './routes/attestation.ts'
import { consoleRoute } from './routes/console.ts'
import { importRoutes } from './routes/import.ts'
import { keyRoutes } from './routes/keys.ts'
import { operationRoutes } from './routes/operation.ts'
import { signRoute } from './routes/sign.ts'
import { statusRoute } from './routes/status.ts'

/** An RSA-4096 key's ciphertext takes about 3.5 KiB of base64, the largest message 5.4 KiB. */
const bodyLimit = 16 * 1024

/** Milliseconds a request may take to arrive whole. */
const requestTimeout = 10_000

const options: FastifyServerOptions = {
  // The service logs failures itself: no child logger a request.
  logger: false,
  bodyLimit,
  requestTimeout,
  return503OnClosing: false,
  // A key id has up to 128 characters; the default of 100 would be answered 404.
  routerOptions: { maxParamLength: 512 },
  ajv: { customOptions: { removeAdditional: false, coerceTypes: false, allErrors: false } },
}

/** The HTTP API with every route, not listening yet. */
export async function createHttpServer (context: HttpContext): Promise<HttpServer> {
  const answer = createAnswerProblem(context.log)
  const app: HttpServer = fastify({
    ...options,
    genReqId: createRequestIds(),
    clientErrorHandler: answerClientErrors(),
    frameworkErrors: (error, request, reply) => { answer(error, request, reply) },
  }).withTypeProvider<TypeBoxTypeProvider>()
  const loadedKeys = new LoadedKeys(context.enclave, context.keys)
  const routes: RouteContext = { ...context, loadedKeys, signing: new Signing({ ...context, loadedKeys }) }

  app.removeContentTypeParser('text/plain')
  answerProblems(app, answer, context.metrics)
  app.decorateRequest('caller', undefined as unknown as Caller)
  app.addHook('onRequest', (request, _reply, done) => {
    request.caller = loopbackCaller
    done()
  })
  measureRequests(app, context.metrics)
  await app.register(swagger, { openapi: openApiDocument })
  await app.register(swaggerUi, { routePrefix: '/docs', staticCSP: true })
  const otherMethods = refuseOtherMethods(app)
  for (const add of [signRoute, keyRoutes, importRoutes, attestationRoutes, statusRoute, consoleRoute, operationRoutes]) add(app, routes)
  otherMethods()
  await app.ready()
  return app
}
