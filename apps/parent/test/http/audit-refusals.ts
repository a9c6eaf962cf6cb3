import { test } from 'tap'

import { callersIn } from '../../src/callers/callers.ts'
import { as, callerWithToken, tableOf } from '../fixtures/callers.ts'
import { createRecordedService } from '../fixtures/recorded-service.ts'

const message = Buffer.from('hello').toString('base64')
const callers = callersIn(() => tableOf(callerWithToken('reader', [{ actions: ['keys:read'] }]), callerWithToken('signer', [{ actions: ['sign'], keys: ['mine'] }])))

test('whoever is turned away is in the log: by name, or by address where nobody knows him', async t => {
  const { app, requests } = await createRecordedService(t, { callers })
  const ask = async (caller: string | undefined, method: 'GET' | 'POST', url: string, payload?: object): Promise<number> =>
    (await app.inject({ method, url, headers: caller === undefined ? {} : as(caller), ...payload !== undefined && { payload } })).statusCode
  t.equal(await ask(undefined, 'GET', '/keys'), 401)
  t.equal(await ask('stranger', 'POST', '/sign', { keyId: 'mine', message }), 401)
  t.equal(await ask('reader', 'POST', '/keys', { keyId: 'a', keySpec: 'ECC_NIST_P256' }), 403)
  t.equal(await ask('signer', 'POST', '/sign', { keyId: 'other', message }), 403)
  t.equal(await ask('reader', 'GET', '/keys'), 200)
  t.match(requests(), [
    { caller: null, address: '127.0.0.1', action: 'keys:read', route: 'GET /keys', outcome: 'refused', code: 'CALLER_UNKNOWN' },
    { caller: null, address: '127.0.0.1', action: 'sign', route: 'POST /sign', code: 'CALLER_UNKNOWN' },
    { caller: 'reader', action: 'keys:create', route: 'POST /keys', code: 'NOT_PERMITTED' },
    { caller: 'signer', action: 'sign', keyId: 'other', code: 'NOT_PERMITTED' },
  ])
  t.equal(requests().length, 4)
  t.notOk('address' in (requests()[2] ?? {}))
})

test('noise of strangers costs a hundred lines in ten seconds, not a disk', async t => {
  const { app, requests } = await createRecordedService(t, { callers }, { summariseEveryMs: 600_000 })
  for (let index = 0; index < 300; index++) await app.inject({ method: 'GET', url: '/keys' })
  t.equal(requests().length, 100)
})

test('a request that is no fault of its caller\'s rights is no refusal of this kind', async t => {
  const { app, requests } = await createRecordedService(t)
  await app.inject({ method: 'GET', url: '/keys/nobody' })
  await app.inject({ method: 'POST', url: '/sign', payload: {} })
  t.same(requests(), [])
})
