import { setTimeout as sleep } from 'node:timers/promises'

import { test } from 'tap'

import { startParentOnHost } from './fixtures/parent-on-host.ts'

const message = Buffer.from('calls').toString('base64')

test('a thousand simultaneous first uses of a key cost one KMS Decrypt', async t => {
  await using service = await startParentOnHost()
  const { kms } = service.host
  await service.post('/keys', { keyId: 'popular', keySpec: 'ECC_SECG_P256K1' })
  const answers = await Promise.all(Array.from({ length: 1000 }, async () => await service.post('/sign', { keyId: 'popular', message })))
  t.same(new Set(answers.map(({ status }) => status)), new Set([200]))
  t.equal(new Set(answers.map(({ body }) => body.signature)).size, 1, 'RFC 6979: one message, one signature')
  t.equal(decrypts(kms.calls()), 1)
})

test('what KMS refuses is answered with a code that says so, and the next try works', async t => {
  await using service = await startParentOnHost()
  const { kms } = service.host
  const faults = [
    ['AccessDeniedException', 502, 'KMS_ACCESS_DENIED'],
    ['ExpiredTokenException', 502, 'KMS_CREDENTIALS_EXPIRED'],
    ['DisabledException', 502, 'KMS_KEY_UNAVAILABLE'],
  ] as const
  for (const [name, status, code] of faults) {
    const keyId = `key-${name}`
    await service.post('/keys', { keyId, keySpec: 'ECC_NIST_P256' })
    kms.fail('Decrypt', name, 1)
    t.match(await service.post('/sign', { keyId, message }), { status, contentType: /problem/, body: { code } })
    t.equal((await service.post('/sign', { keyId, message })).status, 200)
  }
})

test('credentials are renewed before they expire, and a key is unsealed long after the first ones have', async t => {
  await using service = await startParentOnHost({ credentialsLifetimeMs: 12_000 })
  const expiry = async (): Promise<string> => {
    const { enclaves } = (await service.get('/enclave/status')).body as { enclaves: [{ credentialsExpireAt: string }] }
    return enclaves[0].credentialsExpireAt
  }
  const first = await expiry()
  while (Date.now() < Date.parse(first) + 500) await sleep(100)
  t.ok(await expiry() > first)
  t.equal((await service.post('/keys', { keyId: 'late', keySpec: 'ECC_NIST_P256' })).status, 201)
})

function decrypts (calls: Record<string, number>): number {
  return Object.entries(calls).filter(([name]) => /^Decrypt\b/.test(name)).reduce((sum, [, count]) => sum + count, 0)
}
