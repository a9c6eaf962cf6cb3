import { idempotencyHeaders } from '../../idempotency/idempotency-key.ts'
import { idempotentRoute } from '../../idempotency/idempotent-route.ts'
import { answers, bodyProblems, idempotencyProblems } from '../openapi.ts'
import { refuseReplay } from '../refuse-replay.ts'
import { batchRequest, batchResponse, shownBatchRequest } from '../schemas/sign-batch.ts'
import { signRequest } from '../schemas/sign.ts'
import { batchParallel, signAll } from '../sign-all.ts'
import type { RouteContext } from '../context.ts'
import type { HttpServer } from '../http-server.ts'

/** A hundred of the largest messages in base64, each with the longest names around it, take 600 KiB. */
const bodyLimit = 640 * 1024

const schema = {
  operationId: 'signBatch',
  tags: ['signing'],
  summary: 'Sign up to 100 messages or digests',
  description: 'Each item is what POST /sign takes and is answered on its own, in the order of the items: one that is refused, or is not even valid, ' +
    'spoils no other. Items are signed side by side.',
  headers: idempotencyHeaders,
  body: batchRequest,
  response: answers(200, 'An answer for each item', batchResponse, ...bodyProblems, ...idempotencyProblems),
}

/** `POST /sign/batch`. */
export function signBatchRoute (app: HttpServer, context: RouteContext): void {
  const { requests, rates } = context
  app.post('/sign/batch', {
    schema,
    bodyLimit,
    config: { shownBody: shownBatchRequest, limited: 'each-signature' },
    // A serializer made for the union would try each item against each schema, and fail the batch for one that fits none.
    serializerCompiler: () => body => JSON.stringify(body),
    ...idempotentRoute(context, refuseReplay),
  }, async (request, reply) => {
    const { body: { items }, caller } = request
    const morePlaces = Math.min(items.length, batchParallel) - 1
    requests.spread(morePlaces)
    try {
      const results = await signAll(request, items, request.compileValidationSchema(signRequest), context)
      rates.tell(reply, caller)
      return await reply.send({ results })
    } finally {
      requests.leave(morePlaces)
    }
  })
}
