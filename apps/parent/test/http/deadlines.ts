import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { setImmediate } from 'node:timers/promises'

import { EnclaveError } from '@enclave-signer/protocol'
import { test } from 'tap'
import type { Test } from 'tap'

import { defaultLimits } from '../../src/limits/limit-settings.ts'
import { createService, post } from '../fixtures/service.ts'
import type { JsonAnswer, Service } from '../fixtures/service.ts'

const order = { keyId: 'a', message: 'aGk=' }

async function serviceWithKey (t: Test, keySpec = 'ECC_NIST_P256', requestTimeoutMaxMs = 10_000): Promise<Service> {
  const service = await createService(t, { limits: { ...defaultLimits, requestTimeoutMaxMs } })
  // A time as short as a test's can be over before a key is made.
  while ((await post(service.app, '/keys', { keyId: 'a', keySpec })).status === 504);
  return service
}

async function ask ({ app }: Service, method: 'GET' | 'POST', url: string, headers: Record<string, string>): Promise<JsonAnswer> {
  const answer = await app.inject({ method, url, headers, ...method === 'POST' && { payload: order } })
  return { status: answer.statusCode, body: answer.json<Record<string, unknown>>(), headers: answer.headers }
}

test('the time that is left goes to the enclave, with the trace', async t => {
  const service = await serviceWithKey(t)
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
  const asked = async (headers: Record<string, string>): Promise<{ timeoutMs?: number, traceId?: string }> => {
    await ask(service, 'POST', '/sign', headers)
    return service.enclave.calls.at(-1)?.options?.context ?? {}
  }
  const between = (ms: number | undefined, least: number, most: number): boolean => ms !== undefined && ms > least && ms <= most
  t.ok(between((await asked({})).timeoutMs, 0, 10_000))
  t.ok(between((await asked({ 'request-timeout': '5' })).timeoutMs, 0, 5000))
  t.ok(between((await asked({ 'request-timeout': '3600' })).timeoutMs, 5000, 10_000), 'at most the most there is')
  t.equal((await asked({ traceparent })).traceId, '4bf92f3577b34da6a3ce929d0e0e4736')
  t.notOk('traceId' in await asked({}))
})

test('the same holds for every route that asks the enclave', async t => {
  const service = await serviceWithKey(t)
  const blob = service.enclave.encrypt('b', 'ECC_NIST_P256', Buffer.alloc(1))
  const payloads = {
    '/keys': { keyId: 'c', keySpec: 'ECC_NIST_P256' },
    '/keys/import': { keyId: 'b', keySpec: 'ECC_NIST_P256', ciphertextBlob: blob },
    '/sign/batch': { items: [order] },
  }
  for (const [url, payload] of Object.entries(payloads)) await service.app.inject({ method: 'POST', url, payload, headers: { 'request-timeout': '2' } })
  for (const url of ['/enclave/attestation', '/keys/a/attestation']) await ask(service, 'GET', url, { 'request-timeout': '2' })
  const [, ...calls] = service.enclave.calls
  t.same(calls.map(({ method }) => method), ['generateKey', 'loadKey', 'sign', 'attest', 'attest'])
  for (const { method, options } of calls) t.ok((options?.context?.timeoutMs ?? Infinity) <= 2000, method)
})

for (const value of ['0', 'soon', '-1', '1.2345']) {
  test(`a Request-Timeout of ${value} is 400 and names the header`, async t => {
    const service = await serviceWithKey(t)
    const answer = await ask(service, 'POST', '/sign', { 'request-timeout': value })
    t.match(answer, { status: 400, body: { code: 'INVALID_REQUEST_FIELD', errors: [{ field: 'request-timeout' }] } })
    t.equal(service.enclave.countOf('sign'), 0)
  })
}

test('an answer that does not come in time is 504, whatever the enclave does', async t => {
  const service = await serviceWithKey(t)
  const held = Promise.withResolvers<{ signature: string }>()
  service.enclave.overrides = { sign: () => held.promise }
  const answer = await ask(service, 'POST', '/sign', { 'request-timeout': '0.02' })
  t.match(answer, { status: 504, body: { code: 'DEADLINE_EXCEEDED', detail: /^The request's 20 ms are over\./ } })
  t.equal(service.enclave.countOf('sign'), 1)
  held.resolve({ signature: 'AA==' })
})

test('the most there is holds without a header too', async t => {
  const service = await serviceWithKey(t, 'ECC_NIST_P256', 100)
  service.enclave.overrides = { sign: () => new Promise(() => undefined) }
  t.match(await ask(service, 'POST', '/sign', {}), { status: 504, body: { code: 'DEADLINE_EXCEEDED' } })
})

test('what the enclave did not begin in time is 504', async t => {
  const service = await serviceWithKey(t)
  service.enclave.overrides = { sign: () => { throw new EnclaveError('DEADLINE_EXCEEDED', 'the time for sign was over before it began') } }
  t.match(await ask(service, 'POST', '/sign', {}), { status: 504, body: { code: 'DEADLINE_EXCEEDED', detail: /^The time for sign was over/ } })
})

test('a signature whose turn comes too late is not asked for', async t => {
  const service = await serviceWithKey(t, 'RSA_2048')
  const held = Promise.withResolvers<{ signature: string }>()
  service.enclave.overrides = { sign: () => held.promise }
  const first = Array.from({ length: 4 }, () => post(service.app, '/sign', order))
  while (service.enclave.countOf('sign') < 4) await setImmediate()
  const late = await ask(service, 'POST', '/sign', { 'request-timeout': '0.02' })
  t.match(late, { status: 504, body: { code: 'DEADLINE_EXCEEDED' } })
  held.resolve({ signature: 'AA==' })
  for (const { status } of await Promise.all(first)) t.equal(status, 200)
  await post(service.app, '/sign', order)
  t.equal(service.enclave.countOf('sign'), 5)
})

test('the load of a key goes on for the others when one of them is out of time', async t => {
  const service = await serviceWithKey(t)
  service.enclave.forgetKeys()
  const loading = Promise.withResolvers<undefined>()
  const { loadKey = () => { throw new Error('none') } } = service.enclave.handlers
  service.enclave.overrides = { loadKey: async params => { await loading.promise; return await loadKey(params) } }
  const patient = post(service.app, '/sign', order)
  t.match(await ask(service, 'POST', '/sign', { 'request-timeout': '0.02' }), { status: 504 })
  loading.resolve(undefined)
  t.equal((await patient).status, 200)
  t.equal(service.enclave.countOf('loadKey'), 1)
})

test('for a caller who has gone the enclave is not asked', async t => {
  const service = await serviceWithKey(t, 'RSA_2048')
  const held = Promise.withResolvers<{ signature: string }>()
  service.enclave.overrides = { sign: () => held.promise }
  const address = await service.app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = service.app.server.address() as AddressInfo
  const first = Array.from({ length: 4 }, () => post(service.app, '/sign', order))
  while (service.enclave.countOf('sign') < 4) await setImmediate()
  const asked = once(service.app.server, 'request') as Promise<[unknown, ServerResponse]>
  const body = JSON.stringify(order)
  const client = connect(port, '127.0.0.1')
  client.write(`POST /sign HTTP/1.1\r\nhost: ${address}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`)
  const [, response] = await asked
  const closed = once(response, 'close')
  while (!(await service.app.inject({ method: 'GET', url: '/metrics' })).body.includes('requests_in_flight 5\n')) await setImmediate()
  client.destroy()
  await closed
  held.resolve({ signature: 'AA==' })
  for (const { status } of await Promise.all(first)) t.equal(status, 200)
  await post(service.app, '/sign', order)
  t.equal(service.enclave.countOf('sign'), 5, 'the fifth is the one after it')
})
