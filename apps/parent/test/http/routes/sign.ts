import { createPublicKey, verify } from 'node:crypto'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { EnclaveError, ProtocolError } from '@enclave-signer/protocol'
import type { EnclaveErrorCode } from '@enclave-signer/protocol'
import { test } from 'tap'

import { createService, get, post } from '../../fixtures/service.ts'

const message = Buffer.from('hello').toString('base64')

test('a signature verifies under the public key that the API shows', async t => {
  const { app } = await createService(t)
  for (const keySpec of ['ECC_SECG_P256K1', 'ECC_NIST_P256', 'ECC_NIST_EDWARDS25519']) {
    const made = await post(app, '/keys', { keyId: keySpec, keySpec })
    const { status, body } = await post(app, '/sign', { keyId: keySpec, message })
    t.equal(status, 200)
    const digest = keySpec === 'ECC_NIST_EDWARDS25519' ? null : 'sha256'
    t.ok(verify(digest, Buffer.from('hello'), createPublicKey(String(made.body.publicKey)), Buffer.from(String(body.signature), 'base64')))
    t.equal('recoveryId' in body, keySpec === 'ECC_SECG_P256K1')
    t.equal(body.signingAlgorithm, (made.body.signingAlgorithms as string[])[0])
  }
})

test('what is not said is RAW, DER and the first algorithm of the key', async t => {
  const { app, enclave } = await createService(t)
  await post(app, '/keys', { keyId: 'a', keySpec: 'ECC_NIST_P256' })
  await post(app, '/sign', { keyId: 'a', message })
  t.same(enclave.calls.at(-1)?.params, { keyId: 'a', message, messageType: 'RAW', signingAlgorithm: 'ECDSA_SHA_256', signatureFormat: 'DER' })
})

test('what is said reaches the enclave', async t => {
  const { app, enclave } = await createService(t)
  await post(app, '/keys', { keyId: 'a', keySpec: 'RSA_2048' })
  const asked = { keyId: 'a', message: Buffer.alloc(64).toString('base64'), messageType: 'DIGEST', signingAlgorithm: 'RSASSA_PSS_SHA_512', signatureFormat: 'P1363' }
  await post(app, '/sign', asked)
  t.same(enclave.calls.at(-1)?.params, asked)
})

test('an unknown key is 404 and the enclave is not asked', async t => {
  const { app, enclave } = await createService(t)
  t.match(await post(app, '/sign', { keyId: 'nobody', message }), { status: 404, body: { code: 'KEY_NOT_FOUND' } })
  t.equal(enclave.calls.length, 0)
})

const malformed: [string, object, string][] = [
  ['no message', { keyId: 'a' }, '/message'],
  ['an empty message', { keyId: 'a', message: '' }, '/message'],
  ['a message without padding', { keyId: 'a', message: 'aGk' }, '/message'],
  ['a message with white space', { keyId: 'a', message: 'aG k=' }, '/message'],
  ['a message in base64url', { keyId: 'a', message: '_-==' }, '/message'],
  ['a message with stray bits in its last character', { keyId: 'a', message: 'aGl=' }, '/message'],
  ['a message that is no string', { keyId: 'a', message: 5 }, '/message'],
  ['a key id of another shape', { keyId: '../a', message }, '/keyId'],
  ['an unknown message type', { keyId: 'a', message, messageType: 'TEXT' }, '/messageType'],
  ['an unknown algorithm', { keyId: 'a', message, signingAlgorithm: 'MD5' }, '/signingAlgorithm'],
  ['an unknown member', { keyId: 'a', message, algorithm: 'x' }, '/algorithm'],
]

for (const [what, body, field] of malformed) {
  test(`${what} is 400 and names ${field}`, async t => {
    const { app, enclave } = await createService(t)
    const answer = await post(app, '/sign', body)
    t.match(answer, { status: 400, body: { code: 'INVALID_REQUEST_FIELD', errors: [{ field }] } })
    t.equal(enclave.calls.length, 0)
  })
}

test('4096 bytes are signed, 4097 are 413', async t => {
  const { app, enclave } = await createService(t)
  await post(app, '/keys', { keyId: 'a', keySpec: 'ECC_NIST_P256' })
  t.equal((await post(app, '/sign', { keyId: 'a', message: Buffer.alloc(4096).toString('base64') })).status, 200)
  for (const bytes of [4097, 4098, 4099]) {
    t.match(await post(app, '/sign', { keyId: 'a', message: Buffer.alloc(bytes).toString('base64') }), { status: 413, body: { code: 'MESSAGE_TOO_LARGE', detail: new RegExp(String(bytes)) } })
  }
  t.equal(enclave.countOf('sign'), 1)
})

const refusals: [EnclaveErrorCode, number][] = [
  ['UNSUPPORTED_ALGORITHM', 422], ['INVALID_DIGEST_LENGTH', 422], ['SEAL_BROKEN', 502], ['PUBLIC_KEY_MISMATCH', 502], ['KMS_ACCESS_DENIED', 502],
  ['KMS_CREDENTIALS_EXPIRED', 502], ['KMS_KEY_UNAVAILABLE', 502], ['KMS_UNREACHABLE', 502], ['KMS_UNTRUSTED', 502], ['CREDENTIALS_MISSING', 503],
  ['OVERLOADED', 503], ['INTERNAL', 500],
]

for (const [code, status] of refusals) {
  test(`the enclave's ${code} is ${status} with that code`, async t => {
    const { app, enclave, metrics } = await createService(t)
    await post(app, '/keys', { keyId: 'a', keySpec: 'ECC_NIST_P256' })
    enclave.overrides = { sign: () => { throw new EnclaveError(code, 'the reason') } }
    const answer = await post(app, '/sign', { keyId: 'a', message })
    t.match(answer, { status, body: { code, status, title: /\w/, requestId: /\w/ } })
    t.equal('retry-after' in answer.headers, status === 503 || ['KMS_CREDENTIALS_EXPIRED', 'KMS_UNREACHABLE'].includes(code))
    t.match(await metrics.registry.metrics(), new RegExp(`signatures_total\\{key_spec="ECC_NIST_P256",signing_algorithm="ECDSA_SHA_256",outcome="${code}"\\} 1`))
  })
}

test('a denial by KMS says to compare the key policy with PCR0', async t => {
  const { app, enclave } = await createService(t)
  await post(app, '/keys', { keyId: 'a', keySpec: 'ECC_NIST_P256' })
  enclave.overrides = { sign: () => { throw new EnclaveError('KMS_ACCESS_DENIED', 'AccessDeniedException') } }
  t.match((await post(app, '/sign', { keyId: 'a', message })).body.detail, /kms:RecipientAttestation:ImageSha384 or PCR0\) equals PCR0/)
})

test('no answer in time is 504, a lost connection 503 with Retry-After', async t => {
  const { app, enclave } = await createService(t)
  await post(app, '/keys', { keyId: 'a', keySpec: 'ECC_NIST_P256' })
  enclave.overrides = { sign: () => { throw new ProtocolError('DEADLINE_EXCEEDED', 'no answer') } }
  t.match(await post(app, '/sign', { keyId: 'a', message }), { status: 504, body: { code: 'DEADLINE_EXCEEDED' } })
  enclave.overrides = { sign: () => { throw new ProtocolError('CONNECTION_LOST', 'gone') } }
  t.match(await post(app, '/sign', { keyId: 'a', message }), { status: 503, body: { code: 'CONNECTION_LOST' }, headers: { 'retry-after': '1' } })
})

test('of an error that nobody foresaw nothing is shown', async t => {
  const { app, enclave, logLines } = await createService(t)
  await post(app, '/keys', { keyId: 'a', keySpec: 'ECC_NIST_P256' })
  enclave.overrides = { sign: () => { throw new TypeError('a detail') } }
  const { status, body } = await post(app, '/sign', { keyId: 'a', message })
  t.equal(status, 500)
  t.notMatch(JSON.stringify(body), /a detail/)
  t.match(logLines.join(''), /a detail/)
})

test('keys are signed with again after the enclave and the parent have restarted', async t => {
  const first = await createService(t)
  await post(first.app, '/keys', { keyId: 'a', keySpec: 'ECC_NIST_P256' })
  first.enclave.forgetKeys()
  const second = await createService(t, { keyDirectory: first.keyDirectory, enclave: first.enclave })
  t.equal((await post(second.app, '/sign', { keyId: 'a', message })).status, 200)
})

test('swapped key files end in two refusals', async t => {
  const { app, enclave, keyDirectory } = await createService(t)
  for (const keyId of ['a', 'b']) await post(app, '/keys', { keyId, keySpec: 'ECC_NIST_P256' })
  const [a, b, x] = ['a.json', 'b.json', 'x'].map(file => join(keyDirectory, file)) as [string, string, string]
  renameSync(a, x)
  renameSync(b, a)
  renameSync(x, b)
  enclave.forgetKeys()
  const again = await createService(t, { keyDirectory, enclave })
  for (const keyId of ['a', 'b']) {
    t.match(await post(again.app, '/sign', { keyId, message }), { status: 502, body: { code: 'SEAL_BROKEN' } })
    t.match(await get(again.app, `/keys/${keyId}`), { status: 500, body: { code: 'KEY_UNREADABLE' } })
  }
})

test('swapped seals under records that were made to fit end in two refusals', async t => {
  const { app, enclave, keyDirectory } = await createService(t)
  for (const keyId of ['a', 'b']) await post(app, '/keys', { keyId, keySpec: 'ECC_NIST_P256' })
  const read = (keyId: string): { record: object, seal: object } => JSON.parse(readFileSync(join(keyDirectory, `${keyId}.json`), 'utf8')) as { record: object, seal: object }
  const [a, b] = [read('a'), read('b')]
  writeFileSync(join(keyDirectory, 'a.json'), JSON.stringify({ record: { ...b.record, keyId: 'a' }, seal: b.seal }))
  writeFileSync(join(keyDirectory, 'b.json'), JSON.stringify({ record: b.record, seal: a.seal }))
  enclave.forgetKeys()
  const again = await createService(t, { keyDirectory, enclave })
  for (const keyId of ['a', 'b']) t.match(await post(again.app, '/sign', { keyId, message }), { status: 502, body: { code: 'SEAL_BROKEN' } })
})
