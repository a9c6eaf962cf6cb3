import { basename } from 'node:path'

import { idempotencyHeaders } from '../../idempotency/idempotency-key.ts'
import { idempotentRoute } from '../../idempotency/idempotent-route.ts'
import { keyAnswerOf } from '../key-answer.ts'
import { makeKey } from '../make-key.ts'
import { answers, bodyProblems, enclaveProblems, idempotencyProblems, kmsProblems } from '../openapi.ts'
import { createKeyRequest, keyListSchema, keyParams, keyRecordSchema } from '../schemas/keys.ts'
import type { RouteContext } from '../context.ts'
import type { HttpServer } from '../http-server.ts'

const createSchema = {
  operationId: 'createKey',
  tags: ['keys'],
  summary: 'Make a key in the enclave',
  description: 'The private key is made inside and leaves sealed; 201 comes once it is stored.',
  headers: idempotencyHeaders,
  body: createKeyRequest,
  response: answers(
    201, 'The new key', keyRecordSchema,
    ...bodyProblems, ...idempotencyProblems, 'KEY_EXISTS', 'ENCLAVE_ANSWER_UNEXPECTED', 'AUDIT_UNAVAILABLE', ...kmsProblems, ...enclaveProblems
  ),
}

const listSchema = {
  operationId: 'listKeys',
  tags: ['keys'],
  summary: 'List the keys',
  response: answers(200, 'Every stored key that the caller may read', keyListSchema),
}

const getSchema = {
  operationId: 'getKey',
  tags: ['keys'],
  summary: 'Show a key',
  params: keyParams,
  response: answers(200, 'The key', keyRecordSchema, 'KEY_NOT_FOUND', 'KEY_UNREADABLE'),
}

/** `POST /keys`, `GET /keys`, `GET /keys/{keyId}`. */
export function keyRoutes (app: HttpServer, context: RouteContext): void {
  const { keys, enclave, watermarks } = context
  app.post('/keys', { schema: createSchema, ...idempotentRoute(context) }, async (request, reply) => {
    const { keyId, keySpec } = request.body
    const { id: requestId, caller: { name: caller }, trace } = request
    const record = await makeKey(context, { action: 'keys:create', caller, requestId, trace, keyId, keySpec }, async () => {
      const { sealedKey } = await request.deadline.ask(options => enclave.request('generateKey', { keyId, keySpec }, options), request.trace?.traceId)
      return sealedKey
    })
    return await reply.code(201).header('location', `/keys/${keyId}`).send(keyAnswerOf(record))
  })
  app.get('/keys', { schema: listSchema }, ({ caller }, reply) => {
    const mayRead = (keyId: string): boolean => caller.permits('keys:read', { keyId })
    return reply.send({
      keys: keys.records().filter(({ keyId }) => mayRead(keyId)).map(keyAnswerOf),
      unreadable: keys.unreadable().filter(({ file }) => mayRead(basename(file, '.json'))),
    })
  })
  app.get('/keys/:keyId', { schema: getSchema }, ({ params: { keyId } }, reply) => {
    const key = keyAnswerOf(keys.record(keyId))
    const lastSequence = watermarks.lastSequence(keyId)
    return reply.send(lastSequence === undefined ? key : { ...key, lastSequence })
  })
}
