import { EnclaveError, enclaveErrorCodes, ProtocolError } from '@enclave-signer/protocol'
import type { EnclaveErrorCode, Method, ProtocolErrorCode } from '@enclave-signer/protocol'
import { Validator } from '@seriousme/openapi-schema-validator'
import { test } from 'tap'
import type { Test } from 'tap'
import { Value } from 'typebox/value'

import { answerExamples, requestExamples } from '../../src/http/openapi/examples.ts'
import { problemTable } from '../../src/problems/problem-table.ts'
import type { ProblemCode } from '../../src/problems/problem-table.ts'
import { keyListSchema, keyRecordSchema } from '../../src/http/schemas/keys.ts'
import { batchResponse } from '../../src/http/schemas/sign-batch.ts'
import { signResponse } from '../../src/http/schemas/sign.ts'
import { createService, get, post } from '../fixtures/service.ts'
import type { Service } from '../fixtures/service.ts'

interface Answer {
  description: string
  headers: Record<string, object>
  content: Record<string, { schema: object, examples?: object }>
}

interface Operation {
  operationId: string
  summary: string
  tags: string[]
  security?: unknown[]
  parameters: object[]
  requestBody?: { content: Record<string, { examples: Record<string, { value: object }> }> }
  responses: Record<string, Answer>
}

interface Document {
  paths: Record<string, Record<string, Operation>>
  components: { securitySchemes: Record<string, { type: string }> }
  security: object[]
}

let document: Promise<Document> | undefined

/** The same for every service. */
async function documentOf (t: Test): Promise<Document> {
  document ??= createService(t).then(async ({ app }) => (await get(app, '/openapi.json')).body as unknown as Document)
  return await document
}

interface PlacedOperation extends Operation {
  path: string
  method: string
}

function operationsOf ({ paths }: Document): PlacedOperation[] {
  return Object.entries(paths).flatMap(([path, item]) => {
    return Object.entries(item).map(([method, operation]) => ({ path, method, ...operation }))
  })
}

/** The codes of an operation's errors, with the status that each is documented with. */
function codesOf ({ responses }: Operation): { code: ProblemCode, status: number }[] {
  return Object.entries(responses).flatMap(([status, { content }]) => {
    const problem = content['application/problem+json']?.examples ?? {}
    return Object.keys(problem).map(code => ({ code: code as ProblemCode, status: Number(status) }))
  })
}

test('the document is valid OpenAPI 3.1', async t => {
  const validator = new Validator()
  const { valid, errors } = await validator.validate({ ...await documentOf(t) })
  t.ok(valid, JSON.stringify(errors))
  t.equal(validator.version, '3.1')
})

test('every route is in it, but for the pages made for people', async t => {
  const shown = operationsOf(await documentOf(t)).map(({ method, path }) => `${method.toUpperCase()} ${path}`)
  t.same(shown.sort(), [
    'GET /enclave/attestation', 'GET /enclave/console', 'GET /enclave/status', 'GET /keys', 'GET /keys/{keyId}', 'GET /keys/{keyId}/attestation',
    'GET /livez', 'GET /metrics', 'GET /openapi.json', 'GET /readyz', 'POST /keys', 'POST /keys/import', 'POST /sign', 'POST /sign/batch',
  ])
})

test('every operation has a name of its own, a summary, answers with a schema, and examples where there is JSON', async t => {
  const document = await documentOf(t)
  const operations = operationsOf(document)
  t.equal(new Set(operations.map(({ operationId }) => operationId)).size, operations.length)
  for (const { operationId, summary, tags, parameters, requestBody, responses } of operations) {
    t.match(operationId, /^[a-z][A-Za-z]+$/)
    t.match(summary, /^[A-Z].*\w$/, operationId)
    t.equal(tags.length, 1, operationId)
    t.match(JSON.stringify(parameters), /X-Request-Id.*traceparent/, operationId)
    if (requestBody !== undefined) t.ok(Object.keys(requestBody.content['application/json']?.examples ?? {}).length > 0, operationId)
    for (const [status, { description, headers, content }] of Object.entries(responses)) {
      t.match(description, /\w/, `${operationId} ${status}`)
      t.ok(headers['X-Request-Id'], `${operationId} ${status}`)
      for (const { schema } of Object.values(content)) t.ok(schema, `${operationId} ${status}`)
    }
  }
})

test('every code of the table is an answer of some operation, but for those of routes that are not there', async t => {
  const operations = operationsOf(await documentOf(t))
  const documented = new Set(operations.flatMap(operation => codesOf(operation).map(({ code }) => code)))
  const missing = Object.keys(problemTable).filter(code => !documented.has(code as ProblemCode))
  t.same(missing.sort(), ['METHOD_NOT_ALLOWED', 'ROUTE_NOT_FOUND'])
})

test('callers show a bearer token or a client certificate, or nothing where nobody is asked', async t => {
  const { components, security } = await documentOf(t)
  t.match(components.securitySchemes, { bearer: { type: 'http', scheme: 'bearer' }, mutualTLS: { type: 'mutualTLS' } })
  t.same(security, [{ bearer: [] }, { mutualTLS: [] }, {}])
})

test('answers worth another try have Retry-After, 401 has WWW-Authenticate, and the probes ask nobody', async t => {
  for (const { operationId, path, security, responses } of operationsOf(await documentOf(t))) {
    t.ok(responses['503']?.headers['Retry-After'], operationId)
    const asksNobody = ['/livez', '/readyz'].includes(path)
    t.same(security, asksNobody ? [] : undefined, operationId)
    t.equal('401' in responses, !asksNobody, operationId)
    if (!asksNobody) t.ok(responses['401']?.headers['WWW-Authenticate'], operationId)
  }
})

test('the codes of an answer are a closed set in its schema too', async t => {
  for (const operation of operationsOf(await documentOf(t))) {
    for (const { code, status } of codesOf(operation)) {
      t.match(JSON.stringify(operation.responses[status]?.content['application/problem+json']?.schema), new RegExp(`"enum":\\[[^\\]]*"${code}"`), `${operation.operationId} ${code}`)
    }
  }
})

test('every example of a request is one the service reads', async t => {
  const { app } = await createService(t)
  const operations = operationsOf(await documentOf(t))
  for (const [operationId, examples] of Object.entries(requestExamples)) {
    const { path = '' } = operations.find(operation => operation.operationId === operationId) ?? {}
    for (const [name, { value }] of Object.entries(examples)) {
      t.not((await post(app, path, value)).status, 400, `${operationId} ${name}`)
    }
  }
})

test('every example of an answer is of the answer\'s shape', async t => {
  const key = keyRecordSchema
  const schemas = { sign: signResponse, signBatch: batchResponse, createKey: key, importKey: key, getKey: key, listKeys: keyListSchema }
  t.same(Object.keys(answerExamples).sort(), Object.keys(schemas).sort())
  for (const [operationId, schema] of Object.entries(schemas)) {
    for (const [name, { value }] of Object.entries(answerExamples[operationId] ?? {})) t.ok(Value.Check(schema, value), `${operationId} ${name}`)
  }
})

/** What asks the enclave, by operation. */
const asking: Record<string, (service: Service) => Promise<{ status: number, body: Record<string, unknown> }>> = {
  sign: async ({ app }) => await post(app, '/sign', { keyId: 'a', message: 'aGVsbG8=' }),
  createKey: async ({ app }) => await post(app, '/keys', { keyId: 'b', keySpec: 'ECC_NIST_P256' }),
  importKey: async ({ app }) => await post(app, '/keys/import', { keyId: 'c', keySpec: 'ECC_NIST_P256', ciphertextBlob: 'AQICAHiVhK0Zs3lq' }),
  attestKey: async ({ app }) => await get(app, '/keys/a/attestation'),
  attestEnclave: async ({ app }) => await get(app, '/enclave/attestation'),
}

for (const [operationId, ask] of Object.entries(asking)) {
  test(`${operationId} answers what the enclave refuses as the document says`, async t => {
    const service = await createService(t)
    await post(service.app, '/keys', { keyId: 'a', keySpec: 'ECC_NIST_P256' })
    const operation = operationsOf(await documentOf(t)).find(one => one.operationId === operationId)
    const fromEnclave = operation === undefined ? [] : codesOf(operation).filter(({ code }) => isFromEnclave(code))
    t.ok(fromEnclave.length > 5)
    for (const { code, status } of fromEnclave) {
      refuseEverything(service, code)
      t.match(await ask(service), { status, body: { code, status } }, code)
    }
  })
}

const protocolCodes: readonly string[] = ['CONNECTION_LOST', 'DEADLINE_EXCEEDED', 'INVALID_ANSWER']

function isFromEnclave (code: ProblemCode): boolean {
  return protocolCodes.includes(code) || enclaveErrorCodes.some(known => known === code)
}

function refuseEverything ({ enclave }: Service, code: string): void {
  const refuse = (): never => {
    throw protocolCodes.includes(code) ? new ProtocolError(code as ProtocolErrorCode, 'a reason') : new EnclaveError(code as EnclaveErrorCode, 'a reason')
  }
  const methods: Method[] = ['sign', 'loadKey', 'generateKey', 'attest']
  enclave.overrides = Object.fromEntries(methods.map(method => [method, refuse]))
}
