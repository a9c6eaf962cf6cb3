import { makeKey } from '../make-key.ts'
import { keyAnswerOf } from '../key-answer.ts'
import { answers, enclaveProblems, kmsProblems } from '../openapi.ts'
import { importKeyRequest, keyRecordSchema } from '../schemas.ts'
import type { HttpServer, RouteContext } from '../context.ts'

const schema = {
  tags: ['keys'],
  summary: 'Import a key that was encrypted with KMS',
  description: 'The enclave has KMS decrypt it once, derives its public key and holds it; what is stored is the ciphertext.',
  body: importKeyRequest,
  response: answers(
    201, 'The imported key', keyRecordSchema,
    'INVALID_REQUEST_FIELD', 'KEY_EXISTS', 'UNSUPPORTED_MEDIA_TYPE', 'BODY_TOO_LARGE', 'UNSUPPORTED_ALGORITHM', ...kmsProblems, ...enclaveProblems
  ),
}

/** `POST /keys/import`. */
export function importRoutes (app: HttpServer, context: RouteContext): void {
  const { enclave, now } = context
  app.post('/keys/import', { schema }, async (request, reply) => {
    const { keyId, keySpec, ciphertextBlob } = request.body
    const seal = { ciphertextBlob }
    const createdAt = new Date(now()).toISOString()
    const record = await makeKey(context, { keyId, keySpec }, async () => {
      const answer = await enclave.request('loadKey', { sealedKey: { record: { keyId, keySpec, origin: 'EXTERNAL', createdAt }, seal } })
      return { record: { ...answer.record, origin: 'EXTERNAL' }, seal }
    })
    return await reply.code(201).header('location', `/keys/${keyId}`).send(keyAnswerOf(record))
  })
}
