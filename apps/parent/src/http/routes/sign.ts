import { maxMessageBytes, signingAlgorithmsOf } from '@enclave-signer/protocol'

import { answers, enclaveProblems, kmsProblems } from '../openapi.ts'
import { codeOf, RequestProblem } from '../problem.ts'
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

/** `POST /sign`: the hot path. Which algorithm fits which key, and how long a digest is, the enclave decides. */
export function signRoute (app: HttpServer, { keys, loadedKeys, metrics }: RouteContext): void {
  app.post('/sign', { schema }, (request, reply) => {
    const { keyId, message, messageType, signatureFormat, signingAlgorithm: asked } = request.body
    checkSize(message)
    const keySpec = keys.keySpec(keyId)
    const signingAlgorithm = asked ?? signingAlgorithmsOf[keySpec][0]
    loadedKeys.request('sign', { keyId, message, messageType, signingAlgorithm, signatureFormat }).then(
      ({ signature, recoveryId }) => {
        metrics.signed(keySpec, signingAlgorithm, 'ok')
        reply.send({ keyId, signingAlgorithm, signature, recoveryId })
      },
      (error: unknown) => {
        metrics.signed(keySpec, signingAlgorithm, codeOf(error))
        reply.send(error)
      }
    )
  })
}

/** The schema has made sure that `message` is canonical base64. */
function checkSize (message: string): void {
  const padding = message.endsWith('==') ? 2 : message.endsWith('=') ? 1 : 0
  const bytes = message.length / 4 * 3 - padding
  if (bytes > maxMessageBytes) throw new RequestProblem('MESSAGE_TOO_LARGE', `the message has ${bytes} bytes, at most ${maxMessageBytes} can be signed`)
}
