import { createHash } from 'node:crypto'

import { EnclaveError, ProtocolError } from '@enclave-signer/protocol'
import { test } from 'tap'

import { verifyAudit } from '../fixtures/audit.ts'
import { createRecordedService } from '../fixtures/recorded-service.ts'
import { get, post } from '../fixtures/service.ts'

const message = Buffer.from('hello').toString('base64')
const p256 = { keyId: 'a', keySpec: 'ECC_NIST_P256' }
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

test('a signature leaves when its line is on the disk, under the same request id', async t => {
  const { app, requests, auditDirectory } = await createRecordedService(t)
  await post(app, '/keys', p256)
  const answer = await app.inject({ method: 'POST', url: '/sign', payload: { keyId: 'a', message, signatureFormat: 'P1363' }, headers: { 'x-request-id': 'mine' } })
  const signature = Buffer.from(answer.json<{ signature: string }>().signature, 'base64')
  t.match(requests(), [
    { action: 'keys:create', caller: 'loopback', keyId: 'a', keySpec: 'ECC_NIST_P256', publicKeySha256: /^[0-9a-f]{64}$/, outcome: 'ok' },
    {
      requestId: 'mine',
      action: 'sign',
      caller: 'loopback',
      keyId: 'a',
      messageSha256: sha256(Buffer.from('hello')),
      signatureSha256: sha256(signature),
      signatureR: signature.toString('hex', 0, 32),
      signatureFormat: 'P1363',
      outcome: 'ok',
    },
  ])
  t.match(await verifyAudit(auditDirectory), { faults: 0 })
})

test('no signature leaves that is not in the log: the enclave is not even asked while it cannot be written', async t => {
  const { app, enclave, auditDisk, audit, requests } = await createRecordedService(t)
  await post(app, '/keys', p256)
  auditDisk.room = 10
  const answers = await Promise.all(Array.from({ length: 20 }, () => post(app, '/sign', { keyId: 'a', message })))
  for (const answer of answers) t.match(answer, { status: 503, body: { code: 'AUDIT_UNAVAILABLE', detail: /ENOSPC/ }, headers: { 'retry-after': '1' } })
  t.notOk(answers.some(({ body }) => 'signature' in body))
  const asked = enclave.countOf('sign')
  for (const [path, body] of [['/sign', { keyId: 'a', message }], ['/keys', { ...p256, keyId: 'b' }]] as const) {
    t.match(await post(app, path, body), { status: 503, body: { code: 'AUDIT_UNAVAILABLE' } })
  }
  for (const path of ['/enclave/attestation', '/keys/a/attestation']) t.match(await get(app, path), { status: 503, body: { code: 'AUDIT_UNAVAILABLE' } })
  t.equal(enclave.countOf('sign'), asked)
  t.equal(enclave.countOf('generateKey'), 1)
  t.equal((await get(app, '/keys/a')).status, 200, 'what is not recorded goes on')
  auditDisk.room = Infinity
  while (audit.status().state !== 'recording') await new Promise(setImmediate)
  t.equal((await post(app, '/sign', { keyId: 'a', message })).status, 200)
  t.equal(requests().filter(({ action, outcome }) => action === 'sign' && outcome === 'ok').length, 1)
})

test('a key that could not be recorded is not there, and can be made when it can be', async t => {
  const { app, enclave, auditDisk, audit } = await createRecordedService(t)
  auditDisk.syncFault = 'EIO'
  t.match(await post(app, '/keys', p256), { status: 503, body: { code: 'AUDIT_UNAVAILABLE' } })
  t.equal(enclave.countOf('generateKey'), 1)
  t.equal((await get(app, '/keys/a')).status, 404)
  auditDisk.syncFault = undefined
  while (audit.status().state !== 'recording') await new Promise(setImmediate)
  enclave.forgetKeys()
  t.equal((await post(app, '/keys', p256)).status, 201)
})

test('what is refused is recorded too: unknown keys, keys that exist, what the enclave refuses, attestations that failed', async t => {
  const { app, enclave, requests } = await createRecordedService(t)
  await post(app, '/keys', p256)
  await post(app, '/keys', p256)
  await post(app, '/sign', { keyId: 'nobody', message })
  enclave.overrides = { sign: () => { throw new EnclaveError('UNSUPPORTED_ALGORITHM', 'no') } }
  await post(app, '/sign', { keyId: 'a', message })
  enclave.overrides = { sign: () => { throw new ProtocolError('CONNECTION_LOST', 'gone') } }
  await post(app, '/sign', { keyId: 'a', message })
  await get(app, '/keys/a/attestation')
  t.match(requests().slice(1), [
    { action: 'keys:create', keyId: 'a', outcome: 'refused', code: 'KEY_EXISTS' },
    { action: 'sign', keyId: 'nobody', messageSha256: sha256(Buffer.from('hello')), outcome: 'refused', code: 'KEY_NOT_FOUND' },
    { action: 'sign', keyId: 'a', signingAlgorithm: 'ECDSA_SHA_256', outcome: 'refused', code: 'UNSUPPORTED_ALGORITHM' },
    { action: 'sign', keyId: 'a', outcome: 'unknown', code: 'CONNECTION_LOST' },
    { action: 'attest', keyId: 'a', outcome: 'refused', code: 'NSM_FAILED' },
  ])
  t.equal(requests().length, 6)
})

test('a signature under a sequence is recorded with it, and the key shows the latest', async t => {
  const { app, requests } = await createRecordedService(t)
  await post(app, '/keys', p256)
  t.notOk('lastSequence' in (await get(app, '/keys/a')).body)
  t.equal((await post(app, '/sign', { keyId: 'a', message, sequence: 12 })).status, 200)
  t.equal((await get(app, '/keys/a')).body.lastSequence, 12)
  t.match(requests().at(-1), { sequence: 12, outcome: 'ok' })
})

test('a sequence that is not above the latest is 409, none at all 422, and the enclave is not asked', async t => {
  const { app, enclave, requests } = await createRecordedService(t)
  await post(app, '/keys', p256)
  await post(app, '/sign', { keyId: 'a', message, sequence: 12 })
  const asked = enclave.countOf('sign')
  for (const sequence of [12, 11, 0]) {
    t.match(await post(app, '/sign', { keyId: 'a', message, sequence }), { status: 409, body: { code: 'SEQUENCE_NOT_ABOVE', detail: /sequence 12\./ } })
  }
  t.match(await post(app, '/sign', { keyId: 'a', message }), { status: 422, body: { code: 'SEQUENCE_REQUIRED' } })
  t.equal(enclave.countOf('sign'), asked)
  t.match(requests().slice(-2), [{ outcome: 'refused', code: 'SEQUENCE_NOT_ABOVE', sequence: 0 }, { outcome: 'refused', code: 'SEQUENCE_REQUIRED' }])
})

test('a signing that fails has used its sequence up', async t => {
  const { app, enclave } = await createRecordedService(t)
  await post(app, '/keys', p256)
  enclave.overrides = { sign: () => { throw new ProtocolError('DEADLINE_EXCEEDED', 'no answer') } }
  t.match(await post(app, '/sign', { keyId: 'a', message, sequence: 1 }), { status: 504 })
  enclave.overrides = {}
  t.match(await post(app, '/sign', { keyId: 'a', message, sequence: 1 }), { status: 409, body: { code: 'SEQUENCE_NOT_ABOVE' } })
  t.equal((await post(app, '/sign', { keyId: 'a', message, sequence: 2 })).status, 200)
})

test('of many requests under one sequence at once one is signed', async t => {
  const { app, enclave } = await createRecordedService(t)
  await post(app, '/keys', p256)
  const answers = await Promise.all(Array.from({ length: 30 }, () => post(app, '/sign', { keyId: 'a', message, sequence: 5 })))
  t.equal(answers.filter(({ status }) => status === 200).length, 1)
  t.equal(answers.filter(({ status }) => status === 409).length, 29)
  t.equal(enclave.countOf('sign'), 1)
})

test('a sequence that cannot be stored is 503, and is not used up', async t => {
  const { app, watermarkDisk, requests } = await createRecordedService(t)
  await post(app, '/keys', p256)
  watermarkDisk.room = 10
  t.match(await post(app, '/sign', { keyId: 'a', message, sequence: 1 }), { status: 503, body: { code: 'WATERMARK_UNAVAILABLE' }, headers: { 'retry-after': '1' } })
  t.match(requests().at(-1), { outcome: 'refused', code: 'WATERMARK_UNAVAILABLE' })
  watermarkDisk.room = Infinity
  t.equal((await post(app, '/sign', { keyId: 'a', message, sequence: 1 })).status, 200)
})

for (const sequence of [-1, 1.5, '7', Number.MAX_SAFE_INTEGER + 1, null]) {
  test(`${JSON.stringify(sequence)} is no sequence`, async t => {
    const { app } = await createRecordedService(t)
    await post(app, '/keys', p256)
    t.match(await post(app, '/sign', { keyId: 'a', message, sequence }), { status: 400, body: { code: 'INVALID_REQUEST_FIELD', errors: [{ field: '/sequence' }] } })
  })
}

test('items of a batch are recorded and guarded each for itself', async t => {
  const { app, requests } = await createRecordedService(t)
  await post(app, '/keys', p256)
  const items = [1, 2, 2, 3].map(sequence => ({ keyId: 'a', message, sequence }))
  const { body: { results } } = await post(app, '/sign/batch', { items })
  t.match(results, [{ status: 200 }, { status: 200 }, { status: 409, problem: { code: 'SEQUENCE_NOT_ABOVE' } }, { status: 200 }])
  t.match(requests().slice(1).map(({ sequence, outcome }) => [sequence, outcome]).sort(), [[1, 'ok'], [2, 'ok'], [2, 'refused'], [3, 'ok']])
})

test('of every signature that a lost connection leaves open there is a line', async t => {
  const { app, enclave, requests } = await createRecordedService(t)
  await post(app, '/keys', p256)
  const lost = new ProtocolError('CONNECTION_LOST', 'the other end closed the connection')
  enclave.overrides = { sign: () => { throw lost } }
  await Promise.all(Array.from({ length: 20 }, () => post(app, '/sign', { keyId: 'a', message })))
  await post(app, '/sign/batch', { items: [{ keyId: 'a', message }, { keyId: 'a', message }] })
  t.equal(requests().filter(({ code, outcome }) => code === 'CONNECTION_LOST' && outcome === 'unknown').length, 22)
})

test('what a key can never sign uses up no number, and leaves the key without a guard', async t => {
  const { app, enclave, requests } = await createRecordedService(t)
  await post(app, '/keys', p256)
  const never = [
    [{ signingAlgorithm: 'RSASSA_PSS_SHA_256' }, 'UNSUPPORTED_ALGORITHM', /RSASSA_PSS_SHA_256 is not an algorithm of ECC_NIST_P256/],
    [{ messageType: 'DIGEST' }, 'INVALID_DIGEST_LENGTH', /a digest of 5 bytes; ECDSA_SHA_256 takes 32/i],
  ] as const
  for (const [asked, code, detail] of never) {
    t.match(await post(app, '/sign', { keyId: 'a', message, ...asked, sequence: Number.MAX_SAFE_INTEGER }), { status: 422, body: { code, detail } })
    t.match(requests().at(-1), { outcome: 'refused', code, sequence: Number.MAX_SAFE_INTEGER })
  }
  await post(app, '/keys', { keyId: 'e', keySpec: 'ECC_NIST_EDWARDS25519' })
  t.match(await post(app, '/sign', { keyId: 'e', message, messageType: 'DIGEST', sequence: 1 }), { status: 422, body: { code: 'UNSUPPORTED_ALGORITHM' } })
  t.equal(enclave.countOf('sign'), 0)
  t.equal((await post(app, '/sign', { keyId: 'a', message })).status, 200)
})

test('a request whose time is over while it waits for its turn is refused, not open; one that the enclave has is open', async t => {
  const { app, enclave, requests } = await createRecordedService(t)
  await post(app, '/keys', { keyId: 'slow', keySpec: 'ECC_NIST_P384' })
  const answer = Promise.withResolvers<{ signature: string }>()
  enclave.overrides = { sign: () => answer.promise }
  const sign = (timeout: string): Promise<{ statusCode: number }> =>
    app.inject({ method: 'POST', url: '/sign', payload: { keyId: 'slow', message }, headers: { 'request-timeout': timeout, 'x-request-id': timeout } })
  const first = [sign('0.25'), ...Array.from({ length: 3 }, () => sign('10'))]
  while (enclave.countOf('sign') < 4) await new Promise(setImmediate)
  t.equal((await sign('0.05')).statusCode, 504)
  t.match(requests().at(-1), { requestId: '0.05', outcome: 'refused', code: 'DEADLINE_EXCEEDED' })
  t.equal((await first[0])?.statusCode, 504)
  t.match(requests().at(-1), { requestId: '0.25', outcome: 'unknown', code: 'DEADLINE_EXCEEDED' })
  answer.resolve({ signature: 'AA==' })
  await Promise.all(first)
})
