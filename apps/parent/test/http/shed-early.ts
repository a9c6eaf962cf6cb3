import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import { test } from 'tap'
import type { Test } from 'tap'

import { shedEarly } from '../../src/http/shed-early.ts'
import { Gate } from '../../src/limits/gate.ts'
import { HeldRefusals } from '../../src/limits/held-refusals.ts'
import { defaultLimits } from '../../src/limits/limit-settings.ts'
import { createMetrics } from '../../src/metrics/metrics.ts'
import { createService, post } from '../fixtures/service.ts'
import type { Service } from '../fixtures/service.ts'

const order = { keyId: 'a', message: 'aGk=' }
const headers = { 'content-type': 'application/json' }
const send = async (url: string, init: RequestInit = {}): Promise<Response> =>
  await fetch(url, { method: 'POST', headers, body: JSON.stringify(order), ...init })

interface FullService extends Service {
  address: string
  first: Promise<Response>
  held: PromiseWithResolvers<{ signature: string }>
}

/** A service that has place for one request, which waits for its signature. */
async function fullService (t: Test): Promise<FullService> {
  const service = await createService(t, { limits: { ...defaultLimits, maxRequestsInFlight: 1 } })
  await post(service.app, '/keys', { keyId: 'a', keySpec: 'ECC_NIST_P256' })
  const held = Promise.withResolvers<{ signature: string }>()
  service.enclave.overrides = { sign: () => held.promise }
  const address = await service.app.listen({ port: 0, host: '127.0.0.1' })
  const first = send(`${address}/sign`)
  while (service.enclave.countOf('sign') === 0) await new Promise(setImmediate)
  return { ...service, address, first, held }
}

test('while there is overload signatures are refused as the first of them was', async t => {
  const { address, first, held, metrics } = await fullService(t)

  const answers = []
  for (let count = 0; count < 3; count++) {
    const answer = await send(`${address}/sign`, { headers: { ...headers, 'x-request-id': 'mine' } })
    answers.push({ status: answer.status, headers: Object.fromEntries([...answer.headers].filter(([name]) => name !== 'date')), body: await answer.json() })
  }
  t.equal(answers[0]?.status, 503)
  t.match(answers[0]?.headers, { 'x-request-id': 'mine', 'retry-after': '1' })
  t.strictSame(answers[1], answers[0], 'the first was refused by the hook')
  t.strictSame(answers[2], answers[0])

  const text = await metrics.registry.metrics()
  t.match(text, /requests_shed_total\{bound="requests"\} 3\n/)
  t.match(text, /http_requests_total\{method="POST",route="\/sign",status="503"\} 3\n/)
  t.match(text, /http_problems_total\{route="\/sign",code="OVERLOADED"\} 3\n/)
  t.match(text, /http_request_duration_seconds_count\{route="\/sign"\} 3\n/)
  held.resolve({ signature: 'AA==' })
  t.equal((await first).status, 200)
})

test('of everything else the framework decides, and of signatures again once there is a place', async t => {
  const { address, first, held, enclave } = await fullService(t)
  for (let count = 0; count < 2; count++) t.equal((await send(`${address}/sign`)).status, 503)
  t.equal((await fetch(`${address}/livez`)).status, 200)
  t.equal((await fetch(`${address}/keys`)).status, 503)
  held.resolve({ signature: 'AA==' })
  t.equal((await first).status, 200)
  enclave.overrides = {}
  t.equal((await send(`${address}/sign`)).status, 200, 'overload still, but there is a place')
})

test('the framework does not see a signature that is refused', async t => {
  const requests = new Gate({ most: 1, narrow: 1, crowd: 1, calmMs: 60_000 })
  const parts = { limits: { requests, refusals: new HeldRefusals(10) }, metrics: createMetrics(), requestIds: () => 'id' }
  const seen: string[] = []
  const server = createServer(shedEarly(parts, ({ method, url }, response) => {
    seen.push(`${method} ${url}`)
    response.end()
  })).listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await new Promise(resolve => server.once('listening', resolve))
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  t.equal((await send(`${address}/sign`)).status, 200, 'nothing is overloaded')
  requests.enter()
  requests.refuses()
  t.equal((await send(`${address}/sign`)).status, 503)
  for (const path of ['/sign/batch', '/keys']) t.equal((await send(`${address}${path}`)).status, 200)
  t.equal((await fetch(`${address}/sign`)).status, 200, 'no signature')
  requests.leave()
  t.equal((await send(`${address}/sign`)).status, 200, 'a place')
  t.strictSame(seen, ['POST /sign', 'POST /sign/batch', 'POST /keys', 'GET /sign', 'POST /sign'])
})
