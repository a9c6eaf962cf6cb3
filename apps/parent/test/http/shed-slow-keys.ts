import { setImmediate } from 'node:timers/promises'

import { test } from 'tap'
import type { Test } from 'tap'

import { noAudit } from '../../src/audit/audit.ts'
import type { AuditFacts } from '../../src/audit/audit.ts'
import { loopbackCaller } from '../../src/callers/caller.ts'
import { defaultLimits } from '../../src/limits/limit-settings.ts'
import { codeOf } from '../../src/problems/problem.ts'
import { createService, get, post } from '../fixtures/service.ts'
import type { JsonAnswer, Service } from '../fixtures/service.ts'

const order = { keyId: 'slow', message: 'aGk=' }
/** Places for one slow key in a service of forty. */
const places = 4

interface BusyService extends Service {
  inFlight: Promise<JsonAnswer>[]
  recorded: [AuditFacts, string][]
  /** Key ids that permissions were looked up for. */
  lookedUp: string[]
  /** Who asks may sign, but with none of the keys there are, from now on. */
  forbid: () => void
  release: () => void
}

/** A service whose slow key has no place left and has refused somebody already. */
async function busyService (t: Test): Promise<BusyService> {
  let permitted = true
  const recorded: [AuditFacts, string][] = []
  const lookedUp: string[] = []
  const service = await createService(t, {
    limits: { ...defaultLimits, maxRequestsInFlight: 40 },
    callers: {
      authenticate: () => ({
        ...loopbackCaller,
        permits: (_action, { keyId } = {}) => {
          if (keyId !== undefined) lookedUp.push(keyId)
          return permitted || keyId === undefined
        },
      }),
    },
    audit: { ...noAudit, refused: async (facts, error) => { recorded.push([facts, codeOf(error)]) } },
  })
  await post(service.app, '/keys', { keyId: 'slow', keySpec: 'RSA_2048' })
  await post(service.app, '/keys', { keyId: 'fast', keySpec: 'ECC_NIST_P256' })
  const held = Promise.withResolvers<{ signature: string }>()
  service.enclave.overrides = { sign: ({ keyId }) => keyId === 'slow' ? held.promise : Promise.resolve({ signature: 'AA==' }) }
  const inFlight = Array.from({ length: places }, () => post(service.app, '/sign', order))
  while (service.enclave.countOf('sign') < places) await setImmediate()
  t.match(await post(service.app, '/sign', order), { status: 503, body: { code: 'OVERLOADED', detail: /^4 signatures of slow are under way\./ } })
  recorded.length = 0
  lookedUp.length = 0
  return { ...service, inFlight, recorded, lookedUp, forbid: () => { permitted = false }, release: () => { held.resolve({ signature: 'AA==' }) } }
}

async function metricsOf ({ app }: Service): Promise<string> {
  return (await app.inject({ method: 'GET', url: '/metrics' })).body
}

test('a slow key fills a tenth of the service only: other keys and routes go on, and so does it afterwards', async t => {
  const service = await busyService(t)
  t.match(await get(service.app, '/keys'), { status: 200 })
  t.match(await post(service.app, '/sign', { ...order, keyId: 'fast' }), { status: 200 })
  service.release()
  for (const { status } of await Promise.all(service.inFlight)) t.equal(status, 200)
  t.match(await post(service.app, '/sign', order), { status: 200 })
})

test('a signature too many with a slow key is refused before anything else is looked at, and is recorded', async t => {
  const service = await busyService(t)
  const payload = { keyId: 'slow', nothing: 'of use' }
  const asked = service.app.inject({ method: 'POST', url: '/sign', payload, headers: { 'x-request-id': 'mine-1' } })
  while (service.recorded.length === 0) await setImmediate()
  t.match(await metricsOf(service), /enclave_signer_requests_in_flight 4\n/, 'it takes no place while its answer is held')
  const answer = await asked
  t.equal(answer.statusCode, 503)
  t.match(answer.headers, { 'content-type': 'application/problem+json; charset=utf-8', 'retry-after': '1', 'x-request-id': 'mine-1' })
  t.match(answer.json(), { code: 'OVERLOADED', requestId: 'mine-1' })
  t.strictSame(service.recorded, [[{ requestId: 'mine-1', caller: loopbackCaller.name, action: 'sign', keyId: 'slow' }, 'OVERLOADED']])
  const text = await metricsOf(service)
  t.match(text, /enclave_signer_requests_shed_total\{bound="slow-key"\} 2\n/)
  t.match(text, /enclave_signer_http_requests_total\{method="POST",route="\/sign",status="503"\} 2\n/)
  service.release()
})

test('whoever may not sign with the slow key is told that, not how busy it is', async t => {
  const service = await busyService(t)
  service.forbid()
  t.match(await post(service.app, '/sign', order), { status: 403, body: { code: 'NOT_PERMITTED' } })
  service.release()
})

test('bodies that name no key go their ordinary way', async t => {
  const service = await busyService(t)
  for (const payload of [{}, [], { keyId: 7 }, { keyId: 'slo' }]) t.not((await post(service.app, '/sign', payload)).status, 503, JSON.stringify(payload))
  service.release()
})

test('nobody is asked what may be done with a key id that is none', async t => {
  const service = await busyService(t)
  for (const keyId of ['slow\n', '', 's'.repeat(129), '*'.repeat(3000)]) t.match(await post(service.app, '/sign', { ...order, keyId }), { status: 400 })
  t.strictSame(service.lookedUp, [])
  service.release()
})
