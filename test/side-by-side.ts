import { test } from 'tap'

import { startService } from './fixtures/service.ts'

test('two services run side by side on one machine, each with keys and ports of its own', async t => {
  const [one, other] = await Promise.all([startService(), startService({ env: { KMS_PROXY_PORT: '8123' } })])
  t.teardown(async () => { await Promise.all([one.stop(), other.stop()]) })
  t.equal((await one.post('/keys', { keyId: 'mine', keySpec: 'ECC_NIST_EDWARDS25519' })).status, 201)
  t.equal((await other.get('/keys/mine')).status, 404)
  const message = Buffer.from('side by side').toString('base64')
  for (const service of [one, other]) t.equal((await service.post('/sign', { keyId: 'demo', message })).status, 200)
  t.equal(await one.stop(), 0)
  t.equal((await other.post('/sign', { keyId: 'demo', message })).status, 200, 'the end of one leaves the other alone')
})
