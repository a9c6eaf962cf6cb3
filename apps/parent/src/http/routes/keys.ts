import { keyAnswerOf } from '../key-answer.ts'
import { makeKey } from '../make-key.ts'
import { answers, enclaveProblems, kmsProblems } from '../openapi.ts'
import { createKeyRequest, keyListSchema, keyParams, keyRecordSchema } from '../schemas.ts'
import type { HttpServer, RouteContext } from '../context.ts'

const createSchema = {
  tags: ['keys'],
  summary: 'Make a key in the enclave',
  body: createKeyRequest,
  response: answers(201, 'The new key', keyRecordSchema, 'INVALID_REQUEST_FIELD', 'KEY_EXISTS', 'UNSUPPORTED_MEDIA_TYPE', 'BODY_TOO_LARGE', ...kmsProblems, ...enclaveProblems),
}

const listSchema = {
  tags: ['keys'],
  summary: 'List the keys',
  response: answers(200, 'Every stored key', keyListSchema),
}

const getSchema = {
  tags: ['keys'],
  summary: 'Show a key',
  params: keyParams,
  response: answers(200, 'The key', keyRecordSchema, 'INVALID_REQUEST_FIELD', 'KEY_NOT_FOUND', 'KEY_UNREADABLE'),
}

/** `POST /keys`, `GET /keys`, `GET /keys/{keyId}`. */
export function keyRoutes (app: HttpServer, context: RouteContext): void {
  const { keys, enclave } = context
  app.post('/keys', { schema: createSchema }, async (request, reply) => {
    const { keyId, keySpec } = request.body
    const record = await makeKey(context, { keyId, keySpec }, async () => {
      const { sealedKey } = await enclave.request('generateKey', { keyId, keySpec })
      return sealedKey
    })
    return await reply.code(201).header('location', `/keys/${keyId}`).send(keyAnswerOf(record))
  })
  app.get('/keys', { schema: listSchema }, (_request, reply) => reply.send({ keys: keys.records().map(keyAnswerOf), unreadable: keys.unreadable() }))
  app.get('/keys/:keyId', { schema: getSchema }, (request, reply) => reply.send(keyAnswerOf(keys.record(request.params.keyId))))
}
