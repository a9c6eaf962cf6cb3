import { test } from 'tap'
import type { Test } from 'tap'

import { defaultLimits } from '../../src/limits/limit-settings.ts'
import type { LimitSettings } from '../../src/limits/limit-settings.ts'
import { createService, get, post } from '../fixtures/service.ts'
import type { Service } from '../fixtures/service.ts'

const order = { keyId: 'a', message: 'aGk=' }
/** So slow that nothing comes back during a test. */
const scarce = (burst: number): { requestsPerSecond: number, burst: number } => ({ requestsPerSecond: 0.001, burst })

async function serviceWith (t: Test, limits: Partial<LimitSettings>): Promise<Service> {
  return await createService(t, { limits: { ...defaultLimits, ...limits } })
}

test('a caller over its rate is 429 with Retry-After and the RateLimit headers', async t => {
  const { app, metrics } = await serviceWith(t, { ratePerCaller: scarce(2) })
  const policy = '"caller";q=2;w=2000'
  t.match(await get(app, '/keys'), { status: 200, headers: { 'ratelimit-policy': policy, ratelimit: '"caller";r=1;t=1000' } })
  t.match(await get(app, '/keys'), { status: 200, headers: { ratelimit: /^"caller";r=0;t=(999|1000)$/ } })
  const refused = await get(app, '/keys')
  t.match(refused, {
    status: 429,
    body: { code: 'RATE_LIMITED', status: 429, detail: /^Nothing is left of the rate "caller"\./ },
    headers: { 'ratelimit-policy': policy, ratelimit: /^"caller";r=0;t=(999|1000)$/, 'retry-after': /^(999|1000)$/ },
  })
  t.match(await metrics.registry.metrics(), /enclave_signer_rate_limited_total\{policy="caller"\} 1\n/)
})

test('probes, scrapes and the console take nothing from a rate', async t => {
  const { app } = await serviceWith(t, { ratePerCaller: scarce(1) })
  for (const url of ['/livez', '/readyz', '/metrics', '/livez', '/metrics']) t.equal((await app.inject({ method: 'GET', url })).statusCode, 200, url)
  t.equal((await get(app, '/keys')).status, 200)
})

test('the status counts against the rate of its caller', async t => {
  const { app } = await serviceWith(t, { ratePerCaller: scarce(1) })
  t.equal((await get(app, '/enclave/status')).status, 200)
  t.match(await get(app, '/enclave/status'), { status: 429, body: { code: 'RATE_LIMITED' } })
})

test('a signature counts once, for its caller and its key', async t => {
  const { app, enclave } = await serviceWith(t, { ratePerCaller: scarce(6), ratePerKey: scarce(2) })
  await post(app, '/keys', { keyId: 'a', keySpec: 'ECC_NIST_P256' })
  await post(app, '/keys', { keyId: 'b', keySpec: 'ECC_NIST_P256' })
  t.match(await post(app, '/sign', order), { status: 200, headers: { ratelimit: /^"caller";r=3;t=\d+, "key";r=1;t=\d+$/ } })
  t.equal((await post(app, '/sign', order)).status, 200)
  t.match(await post(app, '/sign', order), { status: 429, body: { code: 'RATE_LIMITED', detail: /^Nothing is left of the rate "key"\./ } })
  t.equal((await post(app, '/sign', { ...order, keyId: 'b' })).status, 200)
  t.equal(enclave.countOf('sign'), 3, 'what is refused costs the enclave nothing')
})

test('a key that there is not, and a message that is too long, take nothing', async t => {
  const { app } = await serviceWith(t, { ratePerCaller: scarce(2) })
  await post(app, '/keys', { keyId: 'a', keySpec: 'ECC_NIST_P256' })
  t.equal((await post(app, '/sign', { ...order, keyId: 'nobody' })).status, 404)
  t.equal((await post(app, '/sign', { ...order, message: Buffer.alloc(5000).toString('base64') })).status, 413)
  t.equal((await post(app, '/sign', order)).status, 200)
})

test('the items of a batch count one by one, and one too many spoils no other', async t => {
  const { app } = await serviceWith(t, { ratePerKey: scarce(2) })
  await post(app, '/keys', { keyId: 'a', keySpec: 'ECC_NIST_P256' })
  await post(app, '/keys', { keyId: 'b', keySpec: 'ECC_NIST_P256' })
  const items = ['a', 'a', 'a', 'b'].map(keyId => ({ ...order, keyId }))
  const { status, body } = await post(app, '/sign/batch', { items })
  t.equal(status, 200)
  t.match(body.results, [{ status: 200 }, { status: 200 }, { status: 429, retryAfter: 1000, problem: { code: 'RATE_LIMITED' } }, { status: 200 }])
})

test('without rates no answer has RateLimit headers', async t => {
  const { app } = await createService(t)
  await post(app, '/keys', { keyId: 'a', keySpec: 'ECC_NIST_P256' })
  for (const { status, headers } of [await get(app, '/keys'), await post(app, '/sign', order)]) {
    t.equal(status, 200)
    t.notOk('ratelimit' in headers || 'ratelimit-policy' in headers)
  }
})
