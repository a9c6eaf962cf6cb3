import { answers, enclaveProblems, kmsProblems } from '../openapi.ts'
import { signRequest, signResponse } from '../schemas.ts'
import type { HttpServer, RouteContext } from '../context.ts'

const schema = {
  tags: ['signing'],
  summary: 'Sign a message or a digest',
  description: 'As KMS Sign: RAW messages are hashed with the hash of the signing algorithm, digests are signed as they are.',
  body: signRequest,
  response: answers(
    200, 'The signature', signResponse,
    'INVALID_REQUEST_FIELD', 'KEY_NOT_FOUND', 'BODY_TOO_LARGE', 'MESSAGE_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE', 'UNSUPPORTED_ALGORITHM', 'INVALID_DIGEST_LENGTH',
    'KEY_UNREADABLE', 'SEAL_BROKEN', 'PUBLIC_KEY_MISMATCH', 'INVALID_KEY', ...kmsProblems, ...enclaveProblems
  ),
}

/** `POST /sign`: the hot path. */
export function signRoute (app: HttpServer, { signing }: RouteContext): void {
  app.post('/sign', { schema }, async (request, reply) => {
    const { keyId, message, messageType, signatureFormat, signingAlgorithm } = request.body
    const answer = await signing.sign({
      caller: request.caller, requestId: request.id, keyId, message, messageType, signingAlgorithm, signatureFormat,
    })
    return await reply.send(answer)
  })
}
