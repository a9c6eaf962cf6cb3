import { createPublicKey, verify } from 'node:crypto'

import { EnclaveError } from '@enclave-signer/protocol'
import { test } from 'tap'
import type { Test } from 'tap'

import { createService, post } from '../../fixtures/service.ts'
import type { Service } from '../../fixtures/service.ts'

const message = Buffer.from('hello').toString('base64')
const digest = Buffer.alloc(32).toString('base64')

interface Result {
  status: number
  signature?: string
  retryAfter?: number
  problem?: { code: string, status: number, requestId: string, errors?: { field: string }[] }
}

async function serviceWithKeys (t: Test, ...keyIds: string[]): Promise<Service> {
  const service = await createService(t)
  for (const keyId of keyIds) await post(service.app, '/keys', { keyId, keySpec: 'ECC_NIST_P256' })
  return service
}

async function batch ({ app }: Service, items: unknown[]): Promise<Result[]> {
  const { status, body } = await post(app, '/sign/batch', { items })
  if (status !== 200) throw new Error(JSON.stringify(body))
  return body.results as Result[]
}

test('a hundred items are answered in their order, each with a signature of its own message', async t => {
  const service = await createService(t)
  const { body: { publicKey } } = await post(service.app, '/keys', { keyId: 'a', keySpec: 'ECC_NIST_P256' })
  const messages = Array.from({ length: 100 }, (_, index) => Buffer.from(`message ${index}`))
  const results = await batch(service, messages.map(one => ({ keyId: 'a', message: one.toString('base64') })))
  t.equal(results.length, 100)
  for (const [index, { status, signature = '' }] of results.entries()) {
    t.equal(status, 200)
    t.ok(verify('sha256', messages[index] ?? Buffer.alloc(0), createPublicKey(String(publicKey)), Buffer.from(signature, 'base64')), `item ${index}`)
  }
})

test('an item that is refused, and one that is not even valid, spoil no other', async t => {
  const service = await serviceWithKeys(t, 'a')
  const good = { keyId: 'a', message }
  const bad: [unknown, number, string][] = [
    [{ keyId: 'nobody', message }, 404, 'KEY_NOT_FOUND'],
    [{ keyId: 'a', message: Buffer.alloc(4097).toString('base64') }, 413, 'MESSAGE_TOO_LARGE'],
    [{ keyId: 'a' }, 400, 'INVALID_REQUEST_FIELD'],
    [{ keyId: 'a', message: 'no base64' }, 400, 'INVALID_REQUEST_FIELD'],
    [{ keyId: 'a', message, unknown: 1 }, 400, 'INVALID_REQUEST_FIELD'],
    [{ keyId: '../a', message }, 400, 'INVALID_REQUEST_FIELD'],
    [null, 400, 'INVALID_REQUEST_FIELD'],
    [[], 400, 'INVALID_REQUEST_FIELD'],
    ['x', 400, 'INVALID_REQUEST_FIELD'],
    [{}, 400, 'INVALID_REQUEST_FIELD'],
  ]
  const results = await batch(service, bad.flatMap(([item]) => [item, good]))
  for (const [index, [, status, code]] of bad.entries()) {
    t.match(results[2 * index], { status, problem: { code, status, requestId: /\w/ } }, code)
    t.match(results[2 * index + 1], { status: 200, keyId: 'a', signingAlgorithm: 'ECDSA_SHA_256', signature: /\w/ })
  }
  t.equal(service.enclave.countOf('sign'), bad.length)
})

test('an item\'s problem names its field as POST /sign would', async t => {
  const service = await serviceWithKeys(t, 'a')
  const [result] = await batch(service, [{ keyId: 'a', message: 5 }])
  const { body } = await post(service.app, '/sign', { keyId: 'a', message: 5 })
  t.same(result?.problem?.errors, body.errors)
  t.match(result?.problem?.errors, [{ field: '/message' }])
})

test('an item has the defaults of POST /sign, and what it says reaches the enclave', async t => {
  const service = await serviceWithKeys(t, 'a')
  await batch(service, [{ keyId: 'a', message }, { keyId: 'a', message: digest, messageType: 'DIGEST', signatureFormat: 'P1363' }])
  const [first, second] = service.enclave.calls.filter(({ method }) => method === 'sign').map(({ params }) => params)
  t.same(first, { keyId: 'a', message, messageType: 'RAW', signingAlgorithm: 'ECDSA_SHA_256', signatureFormat: 'DER' })
  t.match(second, { message: digest, messageType: 'DIGEST', signatureFormat: 'P1363' })
})

test('items are signed side by side: 25 have reached the enclave before one is answered, and never more', async t => {
  const service = await serviceWithKeys(t, 'a')
  const all = Promise.withResolvers<{ signature: string }>()
  let under = 0
  let most = 0
  service.enclave.overrides = {
    sign: () => {
      most = Math.max(most, ++under)
      if (under === 25) all.resolve({ signature: 'AA==' })
      return all.promise.finally(() => { under-- })
    },
  }
  const results = await batch(service, Array.from({ length: 100 }, () => ({ keyId: 'a', message })))
  t.same(new Set(results.map(({ signature }) => signature)), new Set(['AA==']))
  t.equal(most, 25)
})

test('an item that may be tried again says when', async t => {
  const service = await serviceWithKeys(t, 'a', 'b')
  service.enclave.overrides = {
    sign: ({ keyId }) => {
      if (keyId === 'b') throw new EnclaveError('OVERLOADED', 'not now')
      return { signature: 'AA==' }
    },
  }
  const results = await batch(service, [{ keyId: 'a', message }, { keyId: 'b', message }])
  t.match(results, [{ status: 200 }, { status: 503, retryAfter: 1, problem: { code: 'OVERLOADED' } }])
  t.notOk('retryAfter' in (results[0] ?? {}))
})

test('an item that nobody foresaw to fail shows nothing and is logged, once', async t => {
  const service = await serviceWithKeys(t, 'a', 'b')
  service.enclave.overrides = {
    sign: ({ keyId }) => {
      if (keyId === 'b') throw new TypeError('a detail')
      return { signature: 'AA==' }
    },
  }
  const results = await batch(service, [{ keyId: 'b', message }, { keyId: 'a', message }])
  t.match(results, [{ status: 500, problem: { code: 'INTERNAL' } }, { status: 200 }])
  t.notMatch(JSON.stringify(results), /a detail/)
  t.equal(service.logLines.filter(line => line.includes('a detail')).length, 1)
})

test('a cold key that a hundred items ask for is loaded once', async t => {
  const service = await serviceWithKeys(t, 'a')
  service.enclave.forgetKeys()
  const results = await batch(service, Array.from({ length: 100 }, () => ({ keyId: 'a', message })))
  t.same(new Set(results.map(({ status }) => status)), new Set([200]))
  t.equal(service.enclave.countOf('loadKey'), 1)
})

const malformed: [string, unknown, string][] = [
  ['no items', {}, '/items'],
  ['an empty batch', { items: [] }, '/items'],
  ['101 items', { items: Array(101).fill({ keyId: 'a', message }) }, '/items'],
  ['items that are no array', { items: { 0: { keyId: 'a', message } } }, '/items'],
  ['an array in the place of the object', [{ keyId: 'a', message }], ''],
  ['another member beside the items', { items: [{ keyId: 'a', message }], keyId: 'a' }, '/keyId'],
]

for (const [what, body, field] of malformed) {
  test(`${what}: the batch as a whole is 400 and names ${field === '' ? 'the body' : field}`, async t => {
    const service = await serviceWithKeys(t, 'a')
    t.match(await post(service.app, '/sign/batch', body as object), { status: 400, body: { code: 'INVALID_REQUEST_FIELD', errors: [{ field }] } })
    t.equal(service.enclave.countOf('sign'), 0)
  })
}

test('a hundred of the largest messages fit; a body beyond that is 413', async t => {
  const service = await createService(t)
  const keyId = 'a'.repeat(128)
  await post(service.app, '/keys', { keyId, keySpec: 'RSA_2048' })
  const item = { keyId, message: Buffer.alloc(4096).toString('base64'), messageType: 'RAW', signingAlgorithm: 'RSASSA_PKCS1_V1_5_SHA_512', signatureFormat: 'P1363' }
  const results = await batch(service, Array(100).fill(item))
  t.same(new Set(results.map(({ status }) => status)), new Set([200]))
  t.match(await post(service.app, '/sign/batch', { items: Array(120).fill(item) }), { status: 413, body: { code: 'BODY_TOO_LARGE' } })
})

test('items nested without end are refused one by one', async t => {
  const service = await serviceWithKeys(t, 'a')
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
  const { statusCode, body } = await service.app.inject({
    method: 'POST', url: '/sign/batch', headers: { 'content-type': 'application/json' }, payload: `{"items":[${deep},{"keyId":"a","message":"${message}"}]}`,
  })
  t.equal(statusCode, 200)
  t.match(JSON.parse(body), { results: [{ status: 400 }, { status: 200 }] })
})

test('sequences of one key are taken in the order of the items, between items of other keys', async t => {
  const service = await serviceWithKeys(t, 'a', 'b')
  const items = Array.from({ length: 100 }, (_, index) => index % 3 === 0 ? { keyId: 'b', message } : { keyId: 'a', message, sequence: index })
  t.same(new Set((await batch(service, items)).map(({ status }) => status)), new Set([200]))
  const again = await batch(service, [{ keyId: 'a', message, sequence: 98 }, { keyId: 'a', message, sequence: 200 }, { keyId: 'a', message, sequence: 199 }])
  t.match(again, [{ status: 409, problem: { code: 'SEQUENCE_NOT_ABOVE' } }, { status: 200 }, { status: 409, problem: { code: 'SEQUENCE_NOT_ABOVE' } }])
})

test('an item with a member __proto__, or a constructor with a prototype, is refused alone, and a request with one by its schema', async t => {
  const { app } = await createService(t)
  await post(app, '/keys', { keyId: 'a', keySpec: 'ECC_NIST_P256' })
  const good = '{"keyId":"a","message":"aGVsbG8="}'
  for (const member of ['"__proto__":{"keyId":"a"}', '"constructor":{"prototype":{}}']) {
    const odd = `{"keyId":"a","message":"aGVsbG8=",${member}}`
    const headers = { 'content-type': 'application/json' }
    const batch = await app.inject({ method: 'POST', url: '/sign/batch', payload: `{"items":[${good},${odd},${good}]}`, headers })
    t.match(batch.json(), { results: [{ status: 200 }, { status: 400, problem: { code: 'INVALID_REQUEST_FIELD' } }, { status: 200 }] })
    const alone = await app.inject({ method: 'POST', url: '/sign', payload: odd, headers })
    t.match({ status: alone.statusCode, body: alone.json<object>() }, { status: 400, body: { code: 'INVALID_REQUEST_FIELD' } })
  }
})
