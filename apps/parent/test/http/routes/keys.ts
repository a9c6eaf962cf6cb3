import { existsSync } from 'node:fs'
import { join } from 'node:path'

import { EnclaveError } from '@enclave-signer/protocol'
import { test } from 'tap'

import { createService, get, post } from '../../fixtures/service.ts'

test('a new key is answered with its public record, and found again', async t => {
  const { app, keyDirectory } = await createService(t)
  const { status, body, headers } = await post(app, '/keys', { keyId: 'a', keySpec: 'ECC_NIST_P384' })
  t.equal(status, 201)
  t.match(headers, { location: '/keys/a' })
  t.match(body, {
    keyId: 'a', keySpec: 'ECC_NIST_P384', origin: 'ENCLAVE', publicKey: /^-----BEGIN PUBLIC KEY-----\n[^]*\n-----END PUBLIC KEY-----\n$/, signingAlgorithms: ['ECDSA_SHA_384'], createdAt: /Z$/,
  })
  t.same((await get(app, '/keys/a')).body, body)
  t.same((await get(app, '/keys')).body, { keys: [body], unreadable: [] })
  t.ok(existsSync(join(keyDirectory, 'a.json')))
})

test('a key is never made twice', async t => {
  const { app, enclave } = await createService(t)
  const answers = await Promise.all(Array.from({ length: 10 }, () => post(app, '/keys', { keyId: 'a', keySpec: 'ECC_NIST_P256' })))
  t.same(answers.map(({ status }) => status).sort(), [201, ...Array.from({ length: 9 }, () => 409)])
  t.equal(enclave.countOf('generateKey'), 1)
  t.match(await post(app, '/keys', { keyId: 'a', keySpec: 'RSA_2048' }), { status: 409, body: { code: 'KEY_EXISTS' } })
})

test('a key whose making failed is not there, and its id is free', async t => {
  const { app, enclave, keyDirectory } = await createService(t)
  enclave.overrides = { generateKey: () => { throw new EnclaveError('KMS_ACCESS_DENIED', 'x') } }
  t.match(await post(app, '/keys', { keyId: 'a', keySpec: 'ECC_NIST_P256' }), { status: 502, body: { code: 'KMS_ACCESS_DENIED' } })
  t.equal((await get(app, '/keys/a')).status, 404)
  t.equal(existsSync(join(keyDirectory, 'a.json')), false)
  enclave.overrides = {}
  t.equal((await post(app, '/keys', { keyId: 'a', keySpec: 'ECC_NIST_P256' })).status, 201)
})

test('an enclave that answers with another key is not believed', async t => {
  const { app, enclave } = await createService(t)
  const { sealedKey } = await enclave.request('generateKey', { keyId: 'other', keySpec: 'ECC_NIST_P256' })
  enclave.overrides = { generateKey: () => ({ sealedKey }) }
  t.match(await post(app, '/keys', { keyId: 'a', keySpec: 'ECC_NIST_P256' }), { status: 502, body: { code: 'ENCLAVE_ANSWER_UNEXPECTED' } })
  t.equal((await get(app, '/keys/a')).status, 404)
})

test('a key id has 1 to 128 characters', async t => {
  const { app } = await createService(t)
  const longest = 'a'.repeat(128)
  t.equal((await post(app, '/keys', { keyId: longest, keySpec: 'ECC_NIST_P256' })).status, 201)
  t.equal((await get(app, `/keys/${longest}`)).status, 200)
  t.match(await get(app, `/keys/${longest}a`), { status: 400, body: { code: 'INVALID_REQUEST_FIELD', errors: [{ field: '/keyId' }] } })
  for (const keyId of ['', `${longest}a`, '.a', 'a/b', 'ä']) t.equal((await post(app, '/keys', { keyId, keySpec: 'ECC_NIST_P256' })).status, 400)
})

test('an unknown key spec is 400 and lists the known ones', async t => {
  const { app } = await createService(t)
  t.match(await post(app, '/keys', { keyId: 'a', keySpec: 'RSA_1024' }), { status: 400, body: { errors: [{ field: '/keySpec', message: /ECC_SECG_P256K1, / }] } })
})
