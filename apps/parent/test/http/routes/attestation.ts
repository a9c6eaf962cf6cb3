import { test } from 'tap'

import { createService, get, post } from '../../fixtures/service.ts'
import { vectorBytes, withVectors } from '../../fixtures/vectors.ts'

const nonce = 'c0ffee'
const nonceBase64 = Buffer.from(nonce, 'hex').toString('base64')

test('the enclave attests over the caller\'s nonce, and the measurements shown are the document\'s', withVectors, async t => {
  const { app, enclave } = await createService(t)
  const attestationDocument = vectorBytes('attestation/01-veracruz-good.cbor').toString('base64')
  enclave.overrides = { attest: () => ({ attestationDocument }) }
  const { status, body } = await get(app, `/enclave/attestation?nonce=${nonce}`)
  t.equal(status, 200)
  t.match(body, { attestationDocument, measurements: { PCR0: /^22f9e1c9/ } })
  t.same(enclave.calls.at(-1)?.params, { nonce: nonceBase64 })
  await get(app, '/enclave/attestation')
  t.same(enclave.calls.at(-1)?.params, {})
})

test('a key is attested by its id, and loaded for it', withVectors, async t => {
  const { app, enclave } = await createService(t)
  await post(app, '/keys', { keyId: 'a', keySpec: 'ECC_NIST_P256' })
  const attestationDocument = vectorBytes('attestation/01-veracruz-good.cbor').toString('base64')
  enclave.overrides = { attest: () => ({ attestationDocument }) }
  t.match(await get(app, `/keys/a/attestation?nonce=${nonce}`), { status: 200, body: { keyId: 'a', attestationDocument } })
  t.same(enclave.calls.at(-1)?.params, { keyId: 'a', nonce: nonceBase64 })
})

test('an unknown key is 404 and the enclave is not asked', async t => {
  const { app, enclave } = await createService(t)
  t.match(await get(app, '/keys/a/attestation'), { status: 404, body: { code: 'KEY_NOT_FOUND' } })
  t.equal(enclave.calls.length, 0)
})

for (const bad of ['', 'c', 'zz', 'c0ff', 'ab'.repeat(513)].filter(value => value !== 'c0ff')) {
  test(`the nonce "${bad.slice(0, 8)}" of ${bad.length} characters is 400`, async t => {
    const { app } = await createService(t)
    t.match(await get(app, `/enclave/attestation?nonce=${bad}`), { status: 400, body: { code: 'INVALID_REQUEST_FIELD', errors: [{ field: '/nonce' }] } })
  })
}

test('a failure of the NSM is 500', async t => {
  const { app } = await createService(t)
  t.match(await get(app, `/enclave/attestation?nonce=${'ab'.repeat(512)}`), { status: 500, body: { code: 'NSM_FAILED' } })
})
