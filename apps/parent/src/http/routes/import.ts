import { idempotencyHeaders } from '../../idempotency/idempotency-key.ts'
import { idempotentRoute } from '../../idempotency/idempotent-route.ts'
import { makeKey } from '../make-key.ts'
import { keyAnswerOf } from '../key-answer.ts'
import { bodyProblems, enclaveProblems, idempotencyProblems, importAnswers, unsealProblems } from '../openapi.ts'
import { importKeyRequest, keyRecordSchema } from '../schemas/keys.ts'
import type { RouteContext } from '../context.ts'
import type { HttpServer } from '../http-server.ts'

const schema = {
  operationId: 'importKey',
  tags: ['keys'],
  summary: 'Import a key that was encrypted with KMS',
  description: 'The enclave has KMS decrypt it once, derives its public key and holds it; what is stored is the ciphertext.',
  headers: idempotencyHeaders,
  body: importKeyRequest,
  response: importAnswers(
    201, 'The imported key', keyRecordSchema,
    ...bodyProblems, ...idempotencyProblems, 'KEY_EXISTS', 'KEY_CONFLICT', 'ENCLAVE_ANSWER_UNEXPECTED', 'AUDIT_UNAVAILABLE', ...unsealProblems, ...enclaveProblems
  ),
}

/** `POST /keys/import`. */
export function importRoutes (app: HttpServer, context: RouteContext): void {
  const { enclave, now } = context
  app.post('/keys/import', { schema, ...idempotentRoute(context) }, async (request, reply) => {
    const { keyId, keySpec, ciphertextBlob } = request.body
    const seal = { ciphertextBlob }
    const createdAt = new Date(now()).toISOString()
    const { id: requestId, caller: { name: caller }, trace } = request
    const record = await makeKey(context, { action: 'keys:import', caller, requestId, trace, keyId, keySpec }, async () => {
      const sealedKey = { record: { keyId, keySpec, origin: 'EXTERNAL', createdAt }, seal } as const
      const answer = await request.deadline.ask(options => enclave.request('loadKey', { sealedKey }, options), request.trace?.traceId)
      return { record: { ...answer.record, origin: 'EXTERNAL' }, seal }
    })
    return await reply.code(201).header('location', `/keys/${keyId}`).send(keyAnswerOf(record))
  })
}
