import { setImmediate, setTimeout as sleep } from 'node:timers/promises'

import { test } from 'tap'
import type { Test } from 'tap'

import { defaultLimits } from '../../src/limits/limit-settings.ts'
import { createService, get, post } from '../fixtures/service.ts'
import type { JsonAnswer, Service } from '../fixtures/service.ts'

const order = { keyId: 'a', message: 'aGk=' }

interface BusyService extends Service {
  /** Requests that fill the service; they are answered once it is released. */
  inFlight: Promise<JsonAnswer>[]
  release: () => void
}

/** A service with as many requests in flight as it takes. */
async function busyService (t: Test, maxRequestsInFlight: number): Promise<BusyService> {
  const service = await createService(t, { limits: { ...defaultLimits, maxRequestsInFlight } })
  await post(service.app, '/keys', { keyId: 'a', keySpec: 'ECC_NIST_P256' })
  const held = Promise.withResolvers<{ signature: string }>()
  service.enclave.overrides = { sign: () => held.promise }
  const inFlight = Array.from({ length: maxRequestsInFlight }, () => post(service.app, '/sign', order))
  while (service.enclave.countOf('sign') < maxRequestsInFlight) await setImmediate()
  return { ...service, inFlight, release: () => { held.resolve({ signature: 'AA==' }) } }
}

async function metricsOf ({ app }: Service): Promise<string> {
  return (await app.inject({ method: 'GET', url: '/metrics' })).body
}

test('one request too many is 503 with a code, its request id and when to come back', async t => {
  const service = await busyService(t, 3)
  const answer = await service.app.inject({ method: 'POST', url: '/sign', payload: order, headers: { 'x-request-id': 'mine-1' } })
  t.equal(answer.statusCode, 503)
  t.match(answer.headers, { 'content-type': 'application/problem+json; charset=utf-8', 'retry-after': '1', 'x-request-id': 'mine-1' })
  t.strictSame(answer.json(), {
    type: 'urn:enclave-signer:problem:OVERLOADED',
    title: 'Too many requests are waiting',
    status: 503,
    detail: 'Try again later or send fewer at once.',
    code: 'OVERLOADED',
    requestId: 'mine-1',
  })
  t.equal(Number(answer.headers['content-length']), answer.rawPayload.length)
  service.release()
  for (const { status } of await Promise.all(service.inFlight)) t.equal(status, 200)
})

test('a request is refused before its caller is looked up, its body read or anything logged', async t => {
  const service = await busyService(t, 1)
  const lines = service.logLines.length
  const answer = await service.app.inject({ method: 'POST', url: '/sign', payload: '{"keyId', headers: { 'content-type': 'application/json' } })
  t.equal(answer.statusCode, 503)
  const told = service.logLines.slice(lines).map(line => JSON.parse(line) as { level: string, msg: string, requestsInFlight: number })
  t.match(told, [{ level: 'warn', msg: 'overload: requests are shed', requestsInFlight: 1 }])
  await post(service.app, '/sign', order)
  t.equal(service.logLines.length, lines + 1, 'overload is told once')
  service.release()
})

test('probes, metrics, status and its page are answered under any load', async t => {
  const service = await busyService(t, 2)
  for (const url of ['/livez', '/readyz', '/readyz?verbose', '/metrics', '/enclave/status', '/enclave']) t.equal((await service.app.inject({ method: 'GET', url })).statusCode, 200, url)
  t.match(await get(service.app, '/keys'), { status: 503, body: { code: 'OVERLOADED' } })
  t.match(await metricsOf(service), /enclave_signer_requests_in_flight 2\n/)
  service.release()
})

test('a place is free again when its request has been answered, well or not', async t => {
  const service = await createService(t, { limits: { ...defaultLimits, maxRequestsInFlight: 1 } })
  for (const url of ['/keys', '/keys/nobody', '/nowhere', '/keys', '/enclave/status', '/keys']) t.not((await get(service.app, url)).status, 503, url)
  t.match(await metricsOf(service), /enclave_signer_requests_in_flight 0\n/)
})

test('the metrics count what was refused, also under its route', async t => {
  const service = await busyService(t, 1)
  await post(service.app, '/sign', order)
  await get(service.app, '/keys')
  const text = await metricsOf(service)
  t.match(text, /enclave_signer_requests_shed_total\{bound="requests"\} 2\n/)
  t.match(text, /enclave_signer_overloaded 1\n/)
  for (const route of ['/sign', '/keys']) t.match(text, `enclave_signer_http_problems_total{route="${route}",code="OVERLOADED"} 1\n`)
  t.match(text, /enclave_signer_http_requests_total\{method="POST",route="\/sign",status="503"\} 1\n/)
  service.release()
})

test('the metrics and the log say that an overload is over, also where nobody comes any more', async t => {
  const service = await busyService(t, 1)
  await post(service.app, '/sign', order)
  t.match(await metricsOf(service), /enclave_signer_overloaded 1\n/)
  while (!service.logLines.some(line => line.includes('overload is over'))) await sleep(50)
  t.match(await metricsOf(service), /enclave_signer_overloaded 0\n/)
  service.release()
})

test('a batch takes as many places as it has items at work', async t => {
  const service = await createService(t, { limits: { ...defaultLimits, maxRequestsInFlight: 10 } })
  await post(service.app, '/keys', { keyId: 'a', keySpec: 'ECC_NIST_P256' })
  const held = Promise.withResolvers<{ signature: string }>()
  service.enclave.overrides = { sign: () => held.promise }
  const batch = post(service.app, '/sign/batch', { items: Array.from({ length: 12 }, () => order) })
  while (service.enclave.countOf('sign') < 12) await setImmediate()
  t.match(await metricsOf(service), /enclave_signer_requests_in_flight 12\n/)
  t.match(await post(service.app, '/sign', order), { status: 503, body: { code: 'OVERLOADED' } })
  held.resolve({ signature: 'AA==' })
  t.equal((await batch).status, 200)
  t.match(await metricsOf(service), /enclave_signer_requests_in_flight 0\n/)
})
