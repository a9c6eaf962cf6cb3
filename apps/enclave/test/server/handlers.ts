import { createHash } from 'node:crypto'
import { EnclaveError, encodeBase64, keySpecs, signingAlgorithmsOf, userDataOf } from '@enclave-signer/protocol'
import type { Params } from '@enclave-signer/protocol'
import { test } from 'tap'
import { secrets, startEnclave } from '../fixtures/enclave.ts'
import { holds, outsideKey } from '../fixtures/keys.ts'
import { keyArn } from '../fixtures/kms-server.ts'
import { readPlainDocument } from '../fixtures/nsm.ts'

const hour = 3_600_000

function signParams (keyId: string, message: Buffer, more: Partial<Params<'sign'>> = {}): Params<'sign'> {
  return { keyId, message: encodeBase64(message), messageType: 'RAW', signingAlgorithm: 'ECDSA_SHA_256', signatureFormat: 'DER', ...more }
}

test('hello tells what the enclave is and holds to, from its measured settings', async t => {
  await using enclave = await startEnclave()
  const answer = await enclave.client.request('hello', { protocolVersion: 1 })
  t.match(answer, { protocolVersion: 1, enclaveVersion: /^\d+\.\d+\.\d+/, region: 'us-east-1', kmsKeyArn: keyArn })
  t.same(answer.keySpecs, keySpecs)
  t.same(answer.limits, { frameBytes: 262144, messageBytes: 4096, requestsInFlight: 256, keys: 1000 })
})

test('another protocol version is refused', async t => {
  await using enclave = await startEnclave()
  await t.rejects(enclave.client.request('hello', { protocolVersion: 2 }), { code: 'INVALID_PARAMS', message: 'protocol version 2 is not spoken; 1 is' })
})

for (const keySpec of keySpecs) {
  test(`the whole way of a ${keySpec} key: made, loaded in another life, signed with`, async t => {
    await using enclave = await startEnclave()
    const { sealedKey } = await enclave.client.request('generateKey', { keyId: 'k', keySpec })
    await using later = await startEnclave()
    later.kms.memory = enclave.kms.memory
    t.same(await later.client.request('loadKey', { sealedKey }), { record: sealedKey.record })
    const message = Buffer.from('message')
    const [signingAlgorithm] = signingAlgorithmsOf[keySpec]
    const { signature, recoveryId } = await later.client.request('sign', signParams('k', message, { signingAlgorithm }))
    t.ok(holds(Buffer.from(sealedKey.record.publicKey ?? '', 'base64'), signingAlgorithm, message, Buffer.from(signature, 'base64')))
    t.equal(recoveryId !== undefined, keySpec === 'ECC_SECG_P256K1')
  })
}

test('each answer belongs to its request, however many are in flight', async t => {
  await using enclave = await startEnclave()
  await enclave.client.request('loadKey', { sealedKey: enclave.importOf('ec', 'ECC_SECG_P256K1') })
  await enclave.client.request('loadKey', { sealedKey: enclave.importOf('rsa', 'RSA_2048') })
  const results = await Promise.all(Array.from({ length: 200 }, async (_, index) => {
    const message = Buffer.from(`message ${index}`)
    const [keyId, signingAlgorithm, keySpec] = index % 3 === 0
      ? ['rsa', 'RSASSA_PSS_SHA_256', 'RSA_2048'] as const
      : ['ec', 'ECDSA_SHA_256', 'ECC_SECG_P256K1'] as const
    const { signature } = await enclave.client.request('sign', signParams(keyId, message, { signingAlgorithm }))
    return holds(outsideKey(keySpec).spki, signingAlgorithm, message, Buffer.from(signature, 'base64'))
  }))
  t.equal(results.filter(Boolean).length, 200)
})

test('an RSA signature that waits longer than it may is not made', async t => {
  await using enclave = await startEnclave()
  await enclave.client.request('loadKey', { sealedKey: enclave.importOf('rsa', 'RSA_4096') })
  const params = signParams('rsa', Buffer.from('message'), { signingAlgorithm: 'RSASSA_PSS_SHA_256' })
  const asked = Array.from({ length: 200 }, () => enclave.client.request('sign', params, { context: { timeoutMs: 50 } }))
  const late = (await Promise.allSettled(asked)).filter(outcome => outcome.status === 'rejected')
  t.ok(late.length > 100, 'in 50 ms no machine makes a hundred')
  for (const outcome of late) t.match(outcome, { reason: { name: 'EnclaveError', code: 'DEADLINE_EXCEEDED' } })
  t.ok(late.some(({ reason }) => (reason as Error).message === 'the time was over before its turn came'), 'those that had come in time waited in the row')
  t.ok(await enclave.client.request('sign', params))
})

test('a key whose making waits longer than it may is not made', async t => {
  await using enclave = await startEnclave()
  const asked = Array.from({ length: 20 }, (_, index) =>
    enclave.client.request('generateKey', { keyId: `k${index}`, keySpec: 'RSA_2048' }, { context: { timeoutMs: 1 } }))
  const late = (await Promise.allSettled(asked)).filter(({ status }) => status === 'rejected')
  for (const outcome of late) t.match(outcome, { reason: { name: 'EnclaveError', code: 'DEADLINE_EXCEEDED' } })
  t.ok(late.length >= 18, 'two are made at a time')
  t.ok(enclave.kms.calls.length <= 2, 'and KMS is not asked for the others')
})

test('a thousand first requests for one key over the wire cause one Decrypt', async t => {
  await using enclave = await startEnclave()
  const sealedKey = enclave.importOf('k', 'ECC_SECG_P256K1')
  await Promise.all(Array.from({ length: 1000 }, async () => await enclave.client.request('loadKey', { sealedKey })))
  t.same(enclave.kms.calls.map(({ operation }) => operation), ['Decrypt'])
})

test('a key that is not loaded is refused by its code', async t => {
  await using enclave = await startEnclave()
  await t.rejects(enclave.client.request('sign', signParams('k', Buffer.from('m'))), { code: 'KEY_NOT_LOADED', message: 'k is not loaded' })
  await t.rejects(enclave.client.request('attest', { keyId: 'k' }), { code: 'KEY_NOT_LOADED', message: 'k is not loaded' })
})

test('a signature over a digest of another length, or with an algorithm of another key, is refused by its code', async t => {
  await using enclave = await startEnclave()
  await enclave.client.request('loadKey', { sealedKey: enclave.importOf('k', 'ECC_SECG_P256K1') })
  await t.rejects(enclave.client.request('sign', signParams('k', Buffer.alloc(31), { messageType: 'DIGEST' })),
    { code: 'INVALID_DIGEST_LENGTH', message: 'a digest of 31 bytes; ECDSA_SHA_256 takes 32' })
  await t.rejects(enclave.client.request('sign', signParams('k', Buffer.alloc(32), { signingAlgorithm: 'ED25519_SHA_512' })),
    { code: 'UNSUPPORTED_ALGORITHM', message: 'ED25519_SHA_512 is not an algorithm of ECC_SECG_P256K1' })
})

test('an attestation for anybody states his nonce and nothing else', async t => {
  await using enclave = await startEnclave()
  const nonce = Buffer.from('fresh')
  const { attestationDocument } = await enclave.client.request('attest', { nonce: encodeBase64(nonce) })
  t.same(readPlainDocument(Buffer.from(attestationDocument, 'base64')), { nonce: encodeBase64(nonce), userData: null, publicKey: null })
  const bare = await enclave.client.request('attest', {})
  t.same(readPlainDocument(Buffer.from(bare.attestationDocument, 'base64')), { nonce: null, userData: null, publicKey: null })
})

test('an attestation for a key states its public key and the rest of its record', async t => {
  await using enclave = await startEnclave()
  const { record } = await enclave.client.request('loadKey', { sealedKey: enclave.importOf('k', 'ECC_NIST_P256') })
  const { attestationDocument } = await enclave.client.request('attest', { keyId: 'k', nonce: 'AAAA' })
  t.same(readPlainDocument(Buffer.from(attestationDocument, 'base64')), {
    nonce: 'AAAA',
    publicKey: encodeBase64(outsideKey('ECC_NIST_P256').spki),
    userData: encodeBase64(userDataOf(record)),
  })
})

for (const keySpec of ['RSA_2048', 'RSA_3072', 'RSA_4096'] as const) {
  test(`an imported ${keySpec} key never becomes the recipient of a document, since KMS would encrypt to whoever imported it`, async t => {
    await using enclave = await startEnclave()
    const { record } = await enclave.client.request('loadKey', { sealedKey: enclave.importOf('k', keySpec) })
    const { attestationDocument } = await enclave.client.request('attest', { keyId: 'k', nonce: 'AAAA' })
    t.same(readPlainDocument(Buffer.from(attestationDocument, 'base64')), { nonce: 'AAAA', publicKey: null, userData: encodeBase64(userDataOf(record)) })
    t.match(userDataOf(record).toString(), createHash('sha256').update(outsideKey(keySpec).spki).digest('hex'))
  })
}

test('the parent cannot choose a public key or user data, nor get the document that KMS is shown', async t => {
  await using enclave = await startEnclave()
  for (const params of [{ publicKey: 'AAAA' }, { public_key: 'AAAA' }, { userData: 'AAAA' }]) {
    await t.rejects(enclave.client.request('attest', params as Params<'attest'>), { code: 'INVALID_PARAMS' })
  }
  await enclave.client.request('loadKey', { sealedKey: enclave.importOf('k', 'ECC_NIST_P256') })
  const shown = enclave.nsm.requests.at(-1)?.publicKey ?? Buffer.alloc(0)
  for (const params of [{}, { nonce: 'AAAA' }, { keyId: 'k' }]) {
    const { attestationDocument } = await enclave.client.request('attest', params)
    t.not(readPlainDocument(Buffer.from(attestationDocument, 'base64')).publicKey, encodeBase64(shown))
  }
})

test('credentials with a past or an absurd expiry are refused, and the ones in use stay', async t => {
  await using enclave = await startEnclave()
  const { nowMs } = enclave.clock
  for (const expiresAt of [nowMs, nowMs - hour, nowMs + 37 * hour]) {
    await t.rejects(enclave.client.request('setCredentials', { accessKeyId: 'AKIDBAD', ...secrets, expiresAt }), { code: 'CREDENTIALS_INVALID' })
  }
  t.equal((await enclave.client.request('ping', {})).credentialsExpireAt, nowMs + hour)
  await enclave.client.request('loadKey', { sealedKey: enclave.importOf('k', 'ECC_NIST_P256') })
  t.match(enclave.kms.calls[0]?.headers.authorization, /Credential=AKID\//)
})

test('a clock of the enclave\'s that is wrong keeps no good credentials out: before they are refused it is held against KMS\'s', async t => {
  for (const wrongBy of [30 * 24 * hour, -30 * 24 * hour]) {
    await using enclave = await startEnclave({}, { credentials: false })
    const rightMs = enclave.clock.nowMs
    enclave.kms.clock = () => new Date(rightMs)
    enclave.clock.nowMs += wrongBy
    const expiresAt = rightMs + hour
    t.same(await enclave.client.request('setCredentials', { accessKeyId: 'AKID', ...secrets, expiresAt }), { expiresAt })
    t.equal(enclave.kms.dateRequests, 1)
    t.ok(Math.abs((await enclave.client.request('ping', {})).clockMs - rightMs) < 2000)
    t.match(enclave.lines.map(({ event }) => event), ['enclave.booted', 'enclave.listening', 'connection.opened', 'kms.clock-corrected', 'credentials.set'])
    await t.rejects(enclave.client.request('setCredentials', { accessKeyId: 'AKID', ...secrets, expiresAt: rightMs - hour }), { code: 'CREDENTIALS_INVALID' })
    const { sealedKey } = await enclave.client.request('generateKey', { keyId: 'k', keySpec: 'ECC_NIST_P256' })
    t.ok(Math.abs(Date.parse(sealedKey.record.createdAt) - rightMs) < 2000, 'a key made here is dated by the corrected clock')
    await enclave.client.request('setCredentials', { accessKeyId: 'AKID', ...secrets, expiresAt })
    t.equal(enclave.kms.dateRequests, 2, 'what looks right is not looked at twice')
  }
})

test('credentials that look wrong are refused where KMS cannot be asked for the time', async t => {
  await using enclave = await startEnclave({ KMS_SOCKET: '/nonexistent/kms.sock' })
  await t.rejects(enclave.client.request('setCredentials', { accessKeyId: 'AKID', ...secrets, expiresAt: enclave.clock.nowMs - 1 }), { code: 'CREDENTIALS_INVALID' })
  t.match(enclave.lines.at(-1), { event: 'credentials.refused', code: 'CREDENTIALS_INVALID' })
})

test('before credentials are set a key is refused by its code', async t => {
  await using enclave = await startEnclave({}, { credentials: false })
  t.equal((await enclave.client.request('ping', {})).credentialsExpireAt, null)
  await t.rejects(enclave.client.request('loadKey', { sealedKey: enclave.importOf('k', 'ECC_NIST_P256') }), { code: 'CREDENTIALS_MISSING' })
  await t.rejects(enclave.client.request('generateKey', { keyId: 'k', keySpec: 'ECC_NIST_P256' }), { code: 'CREDENTIALS_MISSING' })
})

test('ping tells the enclave\'s own clock, its keys and its memory', async t => {
  await using enclave = await startEnclave()
  await enclave.client.request('loadKey', { sealedKey: enclave.importOf('k', 'ECC_NIST_P256') })
  const answer = await enclave.client.request('ping', {})
  t.match(answer, { clockMs: enclave.clock.nowMs, keysLoaded: 1, credentialsExpireAt: enclave.clock.nowMs + hour })
  t.ok(answer.uptimeMs > 0 && answer.residentBytes > 1e6 && answer.eventLoopDelayMs >= 0)
})

test('a key made here is dated by the enclave\'s own clock', async t => {
  await using enclave = await startEnclave()
  enclave.clock.nowMs = Date.UTC(2031, 1, 2)
  const { sealedKey } = await enclave.client.request('generateKey', { keyId: 'k', keySpec: 'ECC_NIST_P256' })
  t.equal(sealedKey.record.createdAt, '2031-02-02T00:00:00.000Z')
})

test('no secret is in a log line or in an answer, whatever goes wrong', async t => {
  await using enclave = await startEnclave()
  const { client, kms } = enclave
  const { pkcs8 } = outsideKey('ECC_SECG_P256K1')
  const answers: unknown[] = []
  const ask = async (asking: Promise<unknown>): Promise<void> => {
    answers.push(await asking.catch((error: unknown) => String(error)))
  }
  await ask(client.request('loadKey', { sealedKey: enclave.importOf('k', 'ECC_SECG_P256K1') }))
  await ask(client.request('loadKey', { sealedKey: enclave.importOf('wrong', 'ECC_NIST_P256', { pkcs8 }) }))
  await ask(client.request('loadKey', { sealedKey: enclave.importOf('text', 'ECC_NIST_P256', { pkcs8: Buffer.from('hush hush') }) }))
  await ask(client.request('sign', signParams('k', Buffer.from('message'))))
  await ask(client.request('generateKey', { keyId: 'm', keySpec: 'ECC_NIST_P256' }))
  kms.fail = () => ({ status: 400, body: { __type: 'AccessDeniedException', Message: `token ${secrets.sessionToken} of arn:aws:sts` } })
  await ask(client.request('loadKey', { sealedKey: enclave.importOf('denied', 'ECC_NIST_P256') }))
  const text = JSON.stringify([answers, enclave.lines])
  t.match(text, /KMS Decrypt: AccessDeniedException/)
  const scalar = Buffer.from(outsideKey('ECC_SECG_P256K1').privateKey.export({ format: 'jwk' }).d ?? '', 'base64url')
  for (const secret of [secrets.secretAccessKey, secrets.sessionToken, 'hush hush', 'arn:aws:sts', scalar.toString('hex'), scalar.toString('base64'),
    scalar.toString('base64url'), pkcs8.toString('base64').slice(40, 80)]) {
    t.notOk(text.includes(secret), createHash('sha256').update(secret).digest('hex').slice(0, 8))
  }
  const allowed = new Set(['level', 'event', 'version', 'keyId', 'keySpec', 'code', 'method', 'operation', 'expiresAt', 'count'])
  for (const line of enclave.lines) t.ok(Object.keys(line).every(name => allowed.has(name)), line.event)
})

test('an NSM that fails is told by its code, anything unforeseen by no more than INTERNAL, and signing goes on', async t => {
  await using enclave = await startEnclave()
  await enclave.client.request('loadKey', { sealedKey: enclave.importOf('k', 'ECC_SECG_P256K1') })
  enclave.nsm.attest = () => { throw new EnclaveError('NSM_FAILED', 'the NSM answered InternalError') }
  await t.rejects(enclave.client.request('attest', {}), { code: 'NSM_FAILED', message: 'the NSM answered InternalError' })
  enclave.nsm.attest = () => { throw new Error('broken with internals') }
  await t.rejects(enclave.client.request('attest', {}), { code: 'INTERNAL', message: 'attest failed' })
  t.match(enclave.lines.at(-1), { event: 'request.failed', method: 'attest', code: 'INTERNAL' })
  t.ok(await enclave.client.request('sign', signParams('k', Buffer.from('m'))))
})

test('one key\'s failure to load takes no other down', async t => {
  await using enclave = await startEnclave()
  const broken = { ...enclave.importOf('b', 'ECC_NIST_P256'), seal: { ciphertextBlob: 'AAAA' } }
  const [refused, loaded] = await Promise.allSettled([
    enclave.client.request('loadKey', { sealedKey: broken }),
    enclave.client.request('loadKey', { sealedKey: enclave.importOf('k', 'ECC_NIST_P256') }),
  ])
  t.match(refused, { status: 'rejected', reason: { code: 'KMS_INVALID_CIPHERTEXT' } })
  t.equal(loaded.status, 'fulfilled')
})
