import { createPublicKey, verify } from 'node:crypto'

import { EnclaveError } from '@enclave-signer/protocol'
import { test } from 'tap'

import { generate, pkcs8Of } from '../../fixtures/fake-enclave.ts'
import { createService, get, post } from '../../fixtures/service.ts'

test('an imported key is shown with the public key the enclave derived, and signs, also after a restart', async t => {
  const { app, enclave } = await createService(t)
  const { privateKey } = generate('ECC_NIST_P256')
  const ciphertextBlob = enclave.encrypt('a', 'ECC_NIST_P256', pkcs8Of(privateKey))
  const { status, body } = await post(app, '/keys/import', { keyId: 'a', keySpec: 'ECC_NIST_P256', ciphertextBlob })
  t.equal(status, 201)
  t.match(body, { origin: 'EXTERNAL', publicKey: createPublicKey(privateKey).export({ format: 'pem', type: 'spki' }) })
  enclave.forgetKeys()
  const { body: signed } = await post(app, '/sign', { keyId: 'a', message: 'aGVsbG8=' })
  t.ok(verify('sha256', Buffer.from('hello'), createPublicKey(privateKey), Buffer.from(String(signed.signature), 'base64')))
})

test('a ciphertext that was made for another key id is 422, and nothing is stored', async t => {
  const { app, enclave } = await createService(t)
  const ciphertextBlob = enclave.encrypt('other', 'ECC_NIST_P256', pkcs8Of(generate('ECC_NIST_P256').privateKey))
  t.match(await post(app, '/keys/import', { keyId: 'a', keySpec: 'ECC_NIST_P256', ciphertextBlob }), { status: 422, body: { status: 422, code: 'SEAL_BROKEN' } })
  t.equal((await get(app, '/keys/a')).status, 404)
})

for (const code of ['INVALID_KEY', 'KMS_INVALID_CIPHERTEXT', 'PUBLIC_KEY_MISMATCH'] as const) {
  test(`${code} is the importer's fault: 422`, async t => {
    const { app, enclave } = await createService(t)
    enclave.overrides = { loadKey: () => { throw new EnclaveError(code, 'x') } }
    t.match(await post(app, '/keys/import', { keyId: 'a', keySpec: 'RSA_2048', ciphertextBlob: 'aGk=' }), { status: 422, body: { code } })
  })
}

test('KMS refusing an import stays 502', async t => {
  const { app, enclave } = await createService(t)
  enclave.overrides = { loadKey: () => { throw new EnclaveError('KMS_ACCESS_DENIED', 'x') } }
  t.match(await post(app, '/keys/import', { keyId: 'a', keySpec: 'RSA_2048', ciphertextBlob: 'aGk=' }), { status: 502, body: { code: 'KMS_ACCESS_DENIED' } })
})

test('a key is not imported over another', async t => {
  const { app, enclave } = await createService(t)
  await post(app, '/keys', { keyId: 'a', keySpec: 'RSA_2048' })
  t.match(await post(app, '/keys/import', { keyId: 'a', keySpec: 'RSA_2048', ciphertextBlob: 'aGk=' }), { status: 409, body: { code: 'KEY_EXISTS' } })
  t.equal(enclave.countOf('loadKey'), 0)
})

test('6144 bytes of ciphertext are taken, more are 400', async t => {
  const { app, enclave } = await createService(t)
  enclave.overrides = { loadKey: () => { throw new EnclaveError('KMS_INVALID_CIPHERTEXT', 'x') } }
  const sent = async (bytes: number): Promise<number> => (await post(app, '/keys/import', { keyId: 'a', keySpec: 'RSA_2048', ciphertextBlob: Buffer.alloc(bytes).toString('base64') })).status
  t.equal(await sent(6144), 422)
  t.equal(await sent(6145), 400)
})
