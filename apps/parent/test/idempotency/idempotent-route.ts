import { EnclaveError } from '@enclave-signer/protocol'
import type { LightMyRequestResponse } from 'fastify'
import { test } from 'tap'
import type { Test } from 'tap'

import type { Caller } from '../../src/callers/caller.ts'
import { loopbackCallers } from '../../src/callers/callers.ts'
import type { Callers } from '../../src/callers/callers.ts'
import { createService } from '../fixtures/service.ts'
import type { Service } from '../fixtures/service.ts'

const hello = { keyId: 'a', message: 'aGVsbG8=' }

interface Answer {
  status: number
  text: string
  replayed: unknown
  headers: Record<string, unknown>
}

async function serviceWithKey (t: Test): Promise<Service> {
  const service = await createService(t)
  await send(service, '/keys', { keyId: 'a', keySpec: 'ECC_NIST_P256' })
  return service
}

async function send ({ app }: Service, url: string, body: unknown, key?: string): Promise<Answer> {
  const payload = typeof body === 'string' ? body : JSON.stringify(body)
  const headers = { 'content-type': 'application/json', ...key !== undefined && { 'idempotency-key': key } }
  const answer = await app.inject({ method: 'POST', url, payload, headers })
  return { status: answer.statusCode, text: answer.body, replayed: answer.headers['idempotent-replayed'], headers: answer.headers }
}

test('a repeat of a signature gets the same bytes, and says that it is one; without a key each signature is another', async t => {
  const service = await serviceWithKey(t)
  const first = await send(service, '/sign', hello, '"k1"')
  const repeat = await send(service, '/sign', hello, 'k1')
  t.match(first, { status: 200, replayed: undefined })
  t.match(repeat, { status: 200, text: first.text, replayed: 'true', headers: { 'content-type': first.headers['content-type'] } })
  t.not(repeat.headers['x-request-id'], first.headers['x-request-id'])
  t.equal(service.enclave.countOf('sign'), 1)
  t.not((await send(service, '/sign', hello)).text, first.text, 'the control: P-256 signs with a fresh nonce')
})

test('a repeat of a new key gets 201 and its location, not 409', async t => {
  const service = await createService(t)
  const first = await send(service, '/keys', { keyId: 'b', keySpec: 'ECC_NIST_P256' }, 'k')
  t.match(await send(service, '/keys', { keyId: 'b', keySpec: 'ECC_NIST_P256' }, 'k'), {
    status: 201, text: first.text, replayed: 'true', headers: { location: '/keys/b' },
  })
  t.match(await send(service, '/keys', { keyId: 'b', keySpec: 'ECC_NIST_P256' }), { status: 409, text: /KEY_EXISTS/ }, 'the control')
  t.equal(service.enclave.countOf('generateKey'), 1)
})

test('another body under the same key is 422, down to a space', async t => {
  const service = await serviceWithKey(t)
  await send(service, '/sign', hello, 'k')
  for (const body of [{ ...hello, message: 'aGVsbG9v' }, `${JSON.stringify(hello)} `]) {
    t.match(await send(service, '/sign', body, 'k'), { status: 422, text: /"code":"IDEMPOTENCY_KEY_REUSED"/, replayed: undefined })
  }
  t.equal(service.enclave.countOf('sign'), 1)
})

test('a repeat while the first is under way is 409 with Retry-After, and the answer of the first afterwards', async t => {
  const service = await serviceWithKey(t)
  const signed = Promise.withResolvers<{ signature: string }>()
  service.enclave.overrides = { sign: () => signed.promise }
  const first = send(service, '/sign', hello, 'k')
  while (service.enclave.countOf('sign') === 0) await new Promise(setImmediate)
  t.match(await send(service, '/sign', hello, 'k'), { status: 409, text: /"code":"IDEMPOTENCY_KEY_IN_USE"/, headers: { 'retry-after': '1' } })
  signed.resolve({ signature: 'AA==' })
  const { text } = await first
  t.match(await send(service, '/sign', hello, 'k'), { status: 200, text, replayed: 'true' })
  t.equal(service.enclave.countOf('sign'), 1)
})

test('the same key on another route is another key', async t => {
  const service = await serviceWithKey(t)
  await send(service, '/sign', hello, 'k')
  t.match(await send(service, '/sign/batch', { items: [hello] }, 'k'), { status: 200, replayed: undefined })
  t.match(await send(service, '/keys', { keyId: 'b', keySpec: 'ECC_NIST_P256' }, 'k'), { status: 201, replayed: undefined })
})

test('a final refusal is remembered with its request id', async t => {
  const service = await serviceWithKey(t)
  const first = await send(service, '/sign', { ...hello, keyId: 'nobody' }, 'k')
  t.match(first, { status: 404, text: /KEY_NOT_FOUND/ })
  await send(service, '/keys', { keyId: 'nobody', keySpec: 'ECC_NIST_P256' })
  t.match(await send(service, '/sign', { ...hello, keyId: 'nobody' }, 'k'), {
    status: 404, text: first.text, replayed: 'true', headers: { 'content-type': 'application/problem+json; charset=utf-8' },
  })
})

for (const [code, status] of [['OVERLOADED', 503], ['KMS_UNREACHABLE', 502], ['INTERNAL', 500]] as const) {
  test(`${status} is not remembered: the repeat is carried out`, async t => {
    const service = await serviceWithKey(t)
    service.enclave.overrides = { sign: () => { throw new EnclaveError(code, 'not now') } }
    t.equal((await send(service, '/sign', hello, 'k')).status, status)
    service.enclave.overrides = {}
    t.match(await send(service, '/sign', hello, 'k'), { status: 200, replayed: undefined })
  })
}

test('what the schema refuses does not use the key up', async t => {
  const service = await serviceWithKey(t)
  t.match(await send(service, '/sign', { keyId: 'a' }, 'k'), { status: 400, text: /INVALID_REQUEST_FIELD/ })
  t.match(await send(service, '/sign', hello, 'k'), { status: 200, replayed: undefined })
})

test('a key of another shape is 400 and names the header', async t => {
  const service = await serviceWithKey(t)
  for (const key of ['', 'two words', 'x'.repeat(256)]) {
    t.match(await send(service, '/sign', hello, key), { status: 400, text: /INVALID_REQUEST_FIELD.*idempotency-key/ })
  }
  t.equal(service.enclave.countOf('sign'), 0)
})

test('of a hundred equal requests at once one is carried out', async t => {
  const service = await serviceWithKey(t)
  const signed = Promise.withResolvers<{ signature: string }>()
  service.enclave.overrides = { sign: () => signed.promise }
  let refused = 0
  const answers = await Promise.all(Array.from({ length: 100 }, async () => {
    const answer = await send(service, '/sign', hello, 'k')
    if (answer.status === 409 && ++refused === 99) signed.resolve({ signature: 'AA==' })
    return answer
  }))
  t.equal(service.enclave.countOf('sign'), 1)
  t.match(answers.find(({ status }) => status === 200)?.text, /AA==/)
})

test('the answer of a caller who hung up is there for his repeat', async t => {
  const service = await serviceWithKey(t)
  const signed = Promise.withResolvers<{ signature: string }>()
  service.enclave.overrides = { sign: () => signed.promise }
  const address = await service.app.listen({ port: 0, host: '127.0.0.1' })
  const request = { method: 'POST', headers: { 'content-type': 'application/json', 'idempotency-key': 'k' }, body: JSON.stringify(hello) }
  const hangUp = new AbortController()
  const first = fetch(`${address}/sign`, { ...request, signal: hangUp.signal }).catch(() => 'hung up')
  while (service.enclave.countOf('sign') === 0) await new Promise(setImmediate)
  hangUp.abort()
  t.equal(await first, 'hung up')
  signed.resolve({ signature: 'AA==' })
  let repeat = await fetch(`${address}/sign`, request)
  while (repeat.status === 409) repeat = await fetch(`${address}/sign`, request)
  t.equal(repeat.headers.get('idempotent-replayed'), 'true')
  t.match(await repeat.json(), { signature: 'AA==' })
  t.equal(service.enclave.countOf('sign'), 1)
})

test('first, replayed and refused requests are counted', async t => {
  const service = await serviceWithKey(t)
  for (const body of [hello, hello, { ...hello, message: 'AA==' }]) await send(service, '/sign', body, 'k')
  const text = await service.metrics.registry.metrics()
  for (const outcome of ['first', 'replayed', 'refused']) t.match(text, new RegExp(`idempotent_requests_total\\{outcome="${outcome}"\\} 1`))
})

test('a key belongs to its caller, and a repeat is for who may still use the signing key', async t => {
  let permitted = true
  const callerOf = (name: string): Caller => ({ name, permits: () => permitted })
  const callers: Callers = { ...loopbackCallers, authenticate: ({ authorization = '' }) => callerOf(authorization) }
  const service = await createService(t, { callers })
  const send = async (authorization: string, url: string, payload: object): Promise<LightMyRequestResponse> =>
    await service.app.inject({ method: 'POST', url, payload, headers: { authorization, 'idempotency-key': 'k' } })
  await send('alice', '/keys', { keyId: 'a', keySpec: 'ECC_NIST_P256' })

  const first = await send('alice', '/sign', hello)
  const others = await send('bob', '/sign', hello)
  t.not(others.body, first.body)
  t.equal(others.headers['idempotent-replayed'], undefined)
  t.equal((await send('alice', '/sign', hello)).body, first.body)
  permitted = false
  t.match(await send('alice', '/sign', hello), { statusCode: 403 })
})

test('a request too many is not remembered: the repeat is carried out', async t => {
  let rates: Caller['rates'] = { total: { requestsPerSecond: 0.001, burst: 1 } }
  const callers: Callers = { authenticate: () => ({ name: 'alice', permits: () => true, ...rates !== undefined && { rates } }) }
  const service = await createService(t, { callers })
  await send(service, '/keys', { keyId: 'a', keySpec: 'ECC_NIST_P256' })
  t.match(await send(service, '/sign', hello, 'k'), { status: 429, text: /RATE_LIMITED/ })
  rates = undefined
  t.match(await send(service, '/sign', hello, 'k'), { status: 200, replayed: undefined })
})

test('a repeat hands a signature out again only to who may still have it made', async t => {
  let permits: Caller['permits'] = () => true
  const callers: Callers = { ...loopbackCallers, authenticate: () => ({ name: 'alice', permits: (action, facts) => permits(action, facts) }) }
  const service = await createService(t, { callers })
  for (const keyId of ['a', 'b']) await send(service, '/keys', { keyId, keySpec: 'ECC_NIST_P256' })
  const items = [hello, { ...hello, keyId: 'b' }, { ...hello, keyId: 'nobody' }]
  await send(service, '/sign', hello, 'k')
  const batch = await send(service, '/sign/batch', { items }, 'k')
  const lost: [string, Caller['permits']][] = [
    ['the key', (_action, { keyId } = {}) => keyId === undefined || keyId === 'b'],
    ['the algorithm that the key has by default', (_action, { signingAlgorithm } = {}) => signingAlgorithm !== 'ECDSA_SHA_256'],
    ['the message type by default', (_action, { messageType } = {}) => messageType !== 'RAW'],
  ]
  for (const [what, left] of lost) {
    permits = left
    t.match(await send(service, '/sign', hello, 'k'), { status: 403, text: /NOT_PERMITTED/, replayed: undefined }, what)
    t.match(await send(service, '/sign/batch', { items }, 'k'), { status: 403, text: /NOT_PERMITTED/, replayed: undefined }, `${what}, in a batch`)
  }
  permits = (_action, { keyId } = {}) => keyId !== 'nobody'
  t.match(await send(service, '/sign/batch', { items }, 'k'), { status: 200, text: batch.text, replayed: 'true' }, 'of what was refused before nothing is asked')
})
