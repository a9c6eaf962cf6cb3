import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'tap'
import { AttestedKms } from '../../src/kms/attested-kms.ts'
import { readCredentials } from '../../src/kms/credentials.ts'
import type { Credentials } from '../../src/kms/credentials.ts'
import { createClock } from '../../src/clock.ts'
import { createRecipient } from '../../src/recipient/recipient.ts'
import { createAuthority } from '../fixtures/certificates.ts'
import { encryptToRecipient } from '../fixtures/cms.ts'
import { keyArn, kmsHost, startKmsServer } from '../fixtures/kms-server.ts'
import type { Fault, KmsAnswer, KmsServer } from '../fixtures/kms-server.ts'
import { PlainNsm, readPlainDocument } from '../fixtures/nsm.ts'
import { readJsonVector, withVectors } from '../fixtures/vectors.ts'

const authority = createAuthority('Test Root')
const identity = authority.issue({ host: kmsHost })
const nsm = new PlainNsm()
const recipient = await createRecipient(nsm)
const attested = Buffer.from(readPlainDocument(await recipient.attest()).publicKey ?? '', 'base64')
const context = { 'enclave-signer:key-id': 'a' }

function credentials (accessKeyId: string): Credentials {
  return readCredentials({ accessKeyId, secretAccessKey: 'secretsecret', sessionToken: 'tokentoken', expiresAt: 1000 }, 0)
}

function create ({ socketPath }: KmsServer, clock = createClock(), corrections: number[] = []): AttestedKms {
  const connection = { socketPath, host: kmsHost, roots: [authority.root] }
  return new AttestedKms({ region: 'us-east-1', keyArn, recipient, connection, clock, onClockCorrected: offsetMs => { corrections.push(offsetMs) } })
}

function connect (server: KmsServer, clock = createClock(), corrections: number[] = []): AttestedKms {
  const kms = create(server, clock, corrections)
  kms.setCredentials(credentials('AKIDFIRST'))
  return kms
}

test('every call names the key, the encryption context and the recipient, and KMS\'s host', async t => {
  await using server = await startKmsServer(identity)
  const kms = connect(server)
  await kms.decrypt(server.memory.encrypt(Buffer.from('plain'), context), context)
  await kms.generateDataKey(context)
  t.same(server.calls.map(({ operation }) => operation), ['Decrypt', 'GenerateDataKey'])
  for (const { body, headers } of server.calls) {
    t.equal(body.KeyId, keyArn)
    t.same(body.EncryptionContext, context)
    t.equal(body.Recipient?.KeyEncryptionAlgorithm, 'RSAES_OAEP_SHA_256')
    t.equal(readPlainDocument(Buffer.from(body.Recipient?.AttestationDocument ?? '', 'base64')).publicKey, attested.toString('base64'))
    t.equal(headers.host, kmsHost)
    t.match(headers.authorization, /Credential=AKIDFIRST\/\d{8}\/us-east-1\/kms\/aws4_request/)
    t.equal(headers['x-amz-security-token'], 'tokentoken')
  }
  t.equal(server.calls[1]?.body.KeySpec, 'AES_256')
  kms.close()
})

test('a data key comes as 32 bytes in clear and as what KMS can decrypt to the same bytes', async t => {
  await using server = await startKmsServer(identity)
  const kms = connect(server)
  const { plaintext, ciphertextBlob } = await kms.generateDataKey(context)
  t.same(plaintext, Buffer.alloc(32, 7))
  t.same(await kms.decrypt(ciphertextBlob, context), plaintext)
  kms.close()
})

test('without credentials nothing is asked', async t => {
  await using server = await startKmsServer(identity)
  const kms = create(server)
  t.equal(kms.credentialsExpireAt, null)
  await t.rejects(kms.decrypt(Buffer.alloc(1), context), { code: 'CREDENTIALS_MISSING', message: 'no credentials have been set' })
  await t.rejects(kms.generateDataKey(context), { code: 'CREDENTIALS_MISSING' })
  t.same(server.calls, [])
})

const stranger = 'arn:aws:kms:us-east-1:999999999999:key/1234abcd-12ab-34cd-56ef-1234567890ab'
const wrongAnswers: Record<string, [alter: (answer: KmsAnswer) => KmsAnswer, message: string]> = {
  'an answer for another account\'s key': [answer => ({ ...answer, KeyId: stranger }), 'KMS answered for another KeyId'],
  'an answer for no key': [({ KeyId: _, ...answer }) => answer, 'KMS answered for another KeyId'],
  'an answer without CiphertextForRecipient': [({ CiphertextForRecipient: _, ...answer }) => answer, 'KMS answered without CiphertextForRecipient'],
  'an answer with a Plaintext': [answer => ({ ...answer, Plaintext: 'AAAA' }), 'KMS answered with a Plaintext'],
  'a CMS that is none': [answer => ({ ...answer, CiphertextForRecipient: 'AAAA' }), 'CiphertextForRecipient is not a message to this enclave'],
}

for (const [name, [alter, message]] of Object.entries(wrongAnswers)) {
  test(`${name} is refused`, async t => {
    await using server = await startKmsServer(identity)
    server.alter = alter
    const kms = connect(server)
    const ciphertext = server.memory.encrypt(Buffer.from('plain'), context)
    await t.rejects(kms.decrypt(ciphertext, context), { code: 'KMS_ANSWER_INVALID', message })
    await t.rejects(kms.generateDataKey(context), { code: 'KMS_ANSWER_INVALID', message })
    kms.close()
  })
}

test('a data key of another length, or without its ciphertext, is refused', async t => {
  await using server = await startKmsServer(identity)
  const kms = connect(server)
  server.alter = answer => ({ ...answer, CiphertextForRecipient: encryptToRecipient(attested, Buffer.alloc(16)).toString('base64') })
  await t.rejects(kms.generateDataKey(context), { code: 'KMS_ANSWER_INVALID', message: 'KMS GenerateDataKey: a data key of 16 bytes' })
  server.alter = ({ CiphertextBlob: _, ...answer }) => answer
  await t.rejects(kms.generateDataKey(context), { code: 'KMS_ANSWER_INVALID', message: 'KMS GenerateDataKey: no CiphertextBlob' })
  kms.close()
})

test('credentials swapped in mid-request serve the next request; the running one finishes, retries and all, with its own', async t => {
  await using server = await startKmsServer(identity)
  const kms = connect(server)
  server.fail = () => {
    if (server.calls.length > 1) return undefined
    kms.setCredentials(credentials('AKIDSECOND'))
    return { status: 500, body: { __type: 'KMSInternalException' } }
  }
  await kms.generateDataKey(context)
  await kms.generateDataKey(context)
  const used = server.calls.map(({ headers }) => /AKID[A-Z]+/.exec(String(headers.authorization))?.[0])
  t.same(used, ['AKIDFIRST', 'AKIDFIRST', 'AKIDSECOND'])
  kms.close()
})

const hour = 3_600_000
const signedAt = (server: KmsServer): number[] => server.calls.map(({ headers }) => {
  const [, day, time] = /^(\d{8})T(\d{6})Z$/.exec(String(headers['x-amz-date'])) ?? []
  return Date.parse(`${day?.replace(/(..)(..)$/, '-$1-$2')}T${time?.replace(/(..)(..)(..)/, '$1:$2:$3')}Z`)
})

test('a clock that is wrong is corrected by KMS\'s own Date, and stays corrected under new credentials', async t => {
  await using server = await startKmsServer(identity)
  const clock = createClock()
  const corrections: number[] = []
  const kms = connect(server, clock, corrections)
  server.clock = () => new Date(Date.now() + hour)
  server.fail = () => server.calls.length > 1
    ? undefined
    : { status: 400, body: { __type: 'InvalidSignatureException', message: 'Signature not yet current' } }
  await kms.generateDataKey(context)
  kms.setCredentials(credentials('AKIDSECOND'))
  await kms.generateDataKey(context)
  const [first = 0, retry = 0, second = 0] = signedAt(server)
  t.ok(retry - first > hour - 5000 && second - first > hour - 5000, `${retry - first} ms, ${second - first} ms`)
  t.equal(corrections.at(-1), clock.offsetMs, 'each correction is told')
  t.ok(Math.abs(clock.offsetMs - hour) < 5000, `${clock.offsetMs} ms`)
  kms.close()
})

test('a clock that is wrong by less than KMS minds is corrected too, by the answer to any call', async t => {
  await using server = await startKmsServer(identity)
  const clock = createClock()
  const kms = connect(server, clock)
  server.clock = () => new Date(Date.now() - 60_000)
  await kms.generateDataKey(context)
  t.ok(Math.abs(clock.offsetMs + 60_000) < 5000, `${clock.offsetMs} ms`)
  t.ok(Math.abs(clock.now() - server.clock().getTime()) < 5000)
  kms.close()
})

test('the clock is held against KMS\'s without credentials, once however many ask at a time', async t => {
  await using server = await startKmsServer(identity)
  const clock = createClock()
  const kms = create(server, clock)
  server.clock = () => new Date(Date.now() + 10 * hour)
  await Promise.all([kms.compareClock(), kms.compareClock(), kms.compareClock()])
  t.equal(server.dateRequests, 1)
  t.ok(Math.abs(clock.offsetMs - 10 * hour) < 5000, `${clock.offsetMs} ms`)
  await kms.compareClock()
  t.equal(server.dateRequests, 2)
  t.same(server.calls, [])
  kms.close()
})

test('a call is signed by the corrected clock at its first try, under credentials that were there before', async t => {
  await using server = await startKmsServer(identity)
  const kms = connect(server)
  server.clock = () => new Date(Date.now() + 10 * hour)
  await kms.compareClock()
  await kms.generateDataKey(context)
  const [signed = 0] = signedAt(server)
  t.ok(Math.abs(signed - server.clock().getTime()) < 5000, `${signed - Date.now()} ms`)
  kms.close()
})

test('a clock is not held against that of somebody who is not KMS', async t => {
  const stranger = createAuthority('Another Root').issue({ host: kmsHost })
  await using server = await startKmsServer(stranger)
  const clock = createClock()
  const kms = create(server, clock)
  server.clock = () => new Date(0)
  await t.rejects(kms.compareClock(), { code: 'KMS_UNTRUSTED' })
  t.equal(clock.offsetMs, 0)
  t.equal(server.dateRequests, 0)
  kms.close()
})

test('nothing in the environment, a profile or an endpoint variable changes whom the enclave asks or as whom', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'aws-'))
  writeFileSync(join(folder, 'config'), '[default]\nregion = eu-west-1\nendpoint_url = https://evil.example\nmax_attempts = 9\n')
  writeFileSync(join(folder, 'credentials'), '[default]\naws_access_key_id = AKIDPROFILE\naws_secret_access_key = x\n')
  const poison: Record<string, string> = {
    AWS_CONFIG_FILE: join(folder, 'config'),
    AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials'),
    AWS_ENDPOINT_URL: 'https://evil.example',
    AWS_ENDPOINT_URL_KMS: 'https://evil.example',
    AWS_ACCESS_KEY_ID: 'AKIDENVIRONMENT',
    AWS_SECRET_ACCESS_KEY: 'x',
    AWS_REGION: 'eu-west-1',
    AWS_USE_FIPS_ENDPOINT: 'true',
    AWS_MAX_ATTEMPTS: '9',
    HTTPS_PROXY: 'http://127.0.0.1:9',
  }
  Object.assign(process.env, poison)
  t.teardown(() => {
    for (const name of Object.keys(poison)) Reflect.deleteProperty(process.env, name)
    rmSync(folder, { recursive: true })
  })
  await using server = await startKmsServer(identity)
  const kms = connect(server)
  await kms.generateDataKey(context)
  t.equal(server.calls[0]?.headers.host, kmsHost)
  t.match(server.calls[0]?.headers.authorization, /Credential=AKIDFIRST\/\d{8}\/us-east-1\/kms/)
  kms.close()
})

const errors: Record<string, string> = {
  AccessDeniedException: 'KMS_ACCESS_DENIED',
  ExpiredTokenException: 'KMS_CREDENTIALS_EXPIRED',
  UnrecognizedClientException: 'KMS_CREDENTIALS_REJECTED',
  InvalidSignatureException: 'KMS_CREDENTIALS_REJECTED',
  InvalidCiphertextException: 'KMS_INVALID_CIPHERTEXT',
  IncorrectKeyException: 'KMS_KEY_UNAVAILABLE',
  NotFoundException: 'KMS_KEY_UNAVAILABLE',
  DisabledException: 'KMS_KEY_UNAVAILABLE',
  KMSInvalidStateException: 'KMS_KEY_UNAVAILABLE',
  ValidationException: 'KMS_FAILED',
}

for (const [name, code] of Object.entries(errors)) {
  test(`KMS's ${name} is ${code}, by name only`, async t => {
    await using server = await startKmsServer(identity)
    server.fail = (): Fault => ({ status: 400, body: { __type: name, Message: 'User: arn:aws:sts::111122223333:assumed-role/secret-role is not' } })
    const kms = connect(server)
    await t.rejects(kms.decrypt(Buffer.alloc(1), context), { code, message: `KMS Decrypt: ${name}` })
    kms.close()
  })
}

test('throttling is tried again, and told as such when it goes on', async t => {
  await using server = await startKmsServer(identity)
  const kms = connect(server)
  server.fail = (): Fault => ({ status: 400, body: { __type: 'ThrottlingException', message: 'slow down' } })
  await t.rejects(kms.generateDataKey(context), { code: 'KMS_THROTTLED', message: 'KMS GenerateDataKey: ThrottlingException' })
  t.equal(server.calls.length, 3)
  kms.close()
})

test('every real error body of KMS has its code', withVectors, async t => {
  const samples = readJsonVector('kms/errors.json') as { case: string, http: number, body: { __type: string } }[]
  for (const { case: name, http, body } of samples) {
    await using server = await startKmsServer(identity)
    server.fail = (): Fault => ({ status: http, body })
    const kms = connect(server)
    const expected = { ThrottlingException: 'KMS_THROTTLED', KMSInternalException: 'KMS_FAILED', ...errors }[body.__type]
    await t.rejects(kms.decrypt(Buffer.alloc(1), context), { code: expected }, name)
    kms.close()
  }
})

test('an answer that is no JSON, or another status, is a failure of KMS', async t => {
  await using server = await startKmsServer(identity)
  const kms = connect(server)
  server.fail = (): Fault => ({ status: 404, body: 'nothing here' })
  await t.rejects(kms.generateDataKey(context), { code: 'KMS_FAILED' })
  kms.close()
})
