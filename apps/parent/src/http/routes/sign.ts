import { idempotencyHeaders } from '../../idempotency/idempotency-key.ts'
import { idempotentRoute } from '../../idempotency/idempotent-route.ts'
import { answers, bodyProblems, enclaveProblems, idempotencyProblems, sequenceProblems, storedKeyProblems } from '../openapi.ts'
import { orderOf } from '../order-of.ts'
import { signRequest, signResponse } from '../schemas/sign.ts'
import { refuseReplay } from '../refuse-replay.ts'
import type { RouteContext } from '../context.ts'
import type { HttpServer } from '../http-server.ts'
import { shedSlowKeys } from '../shed-slow-keys.ts'

const schema = {
  operationId: 'sign',
  tags: ['signing'],
  summary: 'Sign a message or a digest',
  description: 'As KMS Sign: RAW messages are hashed with the hash of the signing algorithm, digests are signed as they are.',
  headers: idempotencyHeaders,
  body: signRequest,
  response: answers(
    200, 'The signature', signResponse,
    ...bodyProblems, ...idempotencyProblems, 'MESSAGE_TOO_LARGE', 'UNSUPPORTED_ALGORITHM', 'INVALID_DIGEST_LENGTH',
    ...sequenceProblems, 'AUDIT_UNAVAILABLE', ...storedKeyProblems, ...enclaveProblems
  ),
}

/** `POST /sign`: the hot path. */
export function signRoute (app: HttpServer, context: RouteContext): void {
  const { signing, rates } = context
  app.post('/sign', { schema, config: { limited: 'each-signature' }, preValidation: shedSlowKeys(context), ...idempotentRoute(context, refuseReplay) }, async (request, reply) => {
    const answer = await signing.sign(orderOf(request, request.body))
    rates.tell(reply, request.caller, request.body.keyId)
    return await reply.send(answer)
  })
}
