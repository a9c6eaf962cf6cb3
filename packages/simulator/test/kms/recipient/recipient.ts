import { test } from 'tap'
import { type AttestOptions, createAttestationRoot, pcr } from '../fixtures/attested-enclave.ts'
import { createRecipientKey, openForRecipient } from '../fixtures/recipient-key.ts'
import { accountId, attestationRoot, now, type RunningKms, startTestKms } from '../fixtures/running-kms.ts'

const enclave = createRecipientKey()
const measured = pcr(0xab)
const hour = 60 * 60 * 1000

const attestedUse = (condition: object) => ({
  Statement: [
    { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${accountId}:role/admin` }, Action: 'kms:*', Resource: '*' },
    {
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${accountId}:role/enclave-role` },
      Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
      Resource: '*',
      Condition: { StringEqualsIgnoreCase: condition },
    },
  ],
})
const onlyMeasured = attestedUse({ 'kms:RecipientAttestation:ImageSha384': measured.toString('hex') })

function recipient (options: Partial<AttestOptions> = {}, root = attestationRoot) {
  const document = root.attest({ publicKey: enclave.spki, pcrs: { 0: measured, 1: pcr(1), 2: pcr(2) }, issuedAt: now - 1000, ...options })
  return { AttestationDocument: document.toString('base64'), KeyEncryptionAlgorithm: 'RSAES_OAEP_SHA_256' }
}

function opened (body: Record<string, unknown>): string {
  return openForRecipient(Buffer.from(String(body.CiphertextForRecipient), 'base64'), enclave.privateKey).toString('base64')
}

async function sealedBlob (running: RunningKms, KeyId: string): Promise<unknown> {
  return (await running.call('Encrypt', { KeyId, Plaintext: 'c2VjcmV0' })).body.CiphertextBlob
}

test('an attested Decrypt answers for the recipient alone', async t => {
  await using running = await startTestKms()
  const KeyId = await running.createKey(onlyMeasured)
  const CiphertextBlob = await sealedBlob(running, KeyId)
  const { status, body } = await running.call('Decrypt', { KeyId, CiphertextBlob, Recipient: recipient() }, { as: 'ASIAENCLAVE' })
  t.equal(status, 200)
  t.same(Object.keys(body), ['KeyId', 'CiphertextForRecipient', 'EncryptionAlgorithm'])
  t.equal(opened(body), 'c2VjcmV0')
})

test('an attested GenerateDataKey answers the data key for the recipient and under the key', async t => {
  await using running = await startTestKms()
  const KeyId = await running.createKey(onlyMeasured)
  const { body } = await running.call('GenerateDataKey', { KeyId, KeySpec: 'AES_256', Recipient: recipient() }, { as: 'ASIAENCLAVE' })
  t.same(Object.keys(body), ['CiphertextBlob', 'CiphertextForRecipient', 'KeyId'])
  t.equal((await running.call('Decrypt', { CiphertextBlob: body.CiphertextBlob })).body.Plaintext, opened(body))
})

test('an attested GenerateRandom answers for the recipient alone', async t => {
  await using running = await startTestKms()
  const { body } = await running.call('GenerateRandom', { NumberOfBytes: 32, Recipient: recipient() }, { as: 'ASIAENCLAVE' })
  t.same(Object.keys(body), ['CiphertextForRecipient'])
  t.equal(Buffer.from(opened(body), 'base64').length, 32)
})

test('a key for one measurement is refused to every other image, to debug mode and to requests without attestation', async t => {
  await using running = await startTestKms()
  const KeyId = await running.createKey(onlyMeasured)
  const CiphertextBlob = await sealedBlob(running, KeyId)
  const refused = (operation: string) => ({
    status: 400,
    body: {
      __type: 'AccessDeniedException',
      Message: `User: arn:aws:sts::${accountId}:assumed-role/enclave-role/i-0123456789abcdef0 is not authorized to perform: kms:${operation} on resource: ${KeyId} because no resource-based policy allows the kms:${operation} action`,
    },
  })
  const others = [
    ['another image', { Recipient: recipient({ pcrs: { 0: pcr(0xac) } }) }],
    ['debug mode', { Recipient: recipient({ pcrs: { 0: pcr(0), 1: pcr(0), 2: pcr(0) } }) }],
    ['the measurement in another PCR', { Recipient: recipient({ pcrs: { 0: pcr(1), 1: measured } }) }],
    ['no PCR0', { Recipient: recipient({ pcrs: { 1: measured } }) }],
    ['no attestation', {}],
  ] as const
  for (const [name, members] of others) {
    t.match(await running.call('Decrypt', { KeyId, CiphertextBlob, ...members }, { as: 'ASIAENCLAVE' }), refused('Decrypt'), name)
    t.match(await running.call('GenerateDataKey', { KeyId, KeySpec: 'AES_256', ...members }, { as: 'ASIAENCLAVE' }), refused('GenerateDataKey'), name)
  }
})

test('a policy may ask for several PCRs, with 0x before their values', async t => {
  await using running = await startTestKms()
  const KeyId = await running.createKey(attestedUse({
    'kms:RecipientAttestation:PCR1': `0x${pcr(1).toString('hex')}`, 'kms:RecipientAttestation:PCR8': pcr(8).toString('hex'),
  }))
  const use = async (pcrs: Record<number, Buffer>) =>
    (await running.call('GenerateDataKey', { KeyId, KeySpec: 'AES_256', Recipient: recipient({ pcrs }) }, { as: 'ASIAENCLAVE' })).status
  t.equal(await use({ 0: pcr(0), 1: pcr(1), 8: pcr(8) }), 200)
  t.equal(await use({ 0: pcr(0), 1: pcr(1) }), 400)
  t.equal(await use({ 0: pcr(0), 1: pcr(1), 8: pcr(0) }), 400)
})

const garbled = Buffer.from(recipient().AttestationDocument, 'base64')
garbled.writeUInt8(garbled.readUInt8(garbled.length - 1) ^ 1, garbled.length - 1)

const documents: [string, () => string, RegExp][] = [
  ['one of an expired leaf', () => recipient({ issuedAt: now - 3 * hour - 1000 }).AttestationDocument, /CERTIFICATE_EXPIRED|EXPIRED/],
  ['one of a leaf not yet valid', () => recipient({ issuedAt: now + 1000 }).AttestationDocument, /NOT_YET_VALID/],
  ['one of a foreign root', () => recipient({}, createAttestationRoot(now)).AttestationDocument, /ROOT/],
  ['one with a changed signature', () => garbled.toString('base64'), /SIGNATURE/],
  ['bytes that are none', () => 'AAAA', /: [A-Z_]+$/],
  ['one without a public key', () => recipient({ publicKey: null }).AttestationDocument, /not an RSA-2048/],
  ['one with an RSA-3072 key', () => recipient({ publicKey: createRecipientKey(3072).spki }).AttestationDocument, /not an RSA-2048/],
  ['one with bytes after the key', () => recipient({ publicKey: Buffer.concat([enclave.spki, Buffer.of(0)]) }).AttestationDocument, /not an RSA-2048/],
  ['one whose key is no key', () => recipient({ publicKey: Buffer.from('key') }).AttestationDocument, /not an RSA-2048/],
]

for (const [name, document, message] of documents) {
  test(`an attestation document that is ${name} is refused before anything is decided`, async t => {
    await using running = await startTestKms()
    const Recipient = { ...recipient(), AttestationDocument: document() }
    t.match(await running.call('GenerateRandom', { NumberOfBytes: 32, Recipient }), { status: 400, body: { __type: 'ValidationException', message } })
  })
}

test('a Recipient has a document and the one algorithm', async t => {
  await using running = await startTestKms()
  const whole = recipient()
  const call = async (Recipient: object) => (await running.call('GenerateRandom', { NumberOfBytes: 32, Recipient })).body
  t.match(await call({ ...whole, AttestationDocument: undefined }), { __type: 'ValidationException', message: /'recipient.attestationDocument'.* null/ })
  t.match(await call({ ...whole, AttestationDocument: undefined }), { message: /must not be null/ })
  t.match(await call({ ...whole, KeyEncryptionAlgorithm: undefined }), { __type: 'ValidationException', message: /'recipient.keyEncryptionAlgorithm'.*must not be null/ })
  t.match(await call({ ...whole, KeyEncryptionAlgorithm: 'RSAES_OAEP_SHA_1' }), { __type: 'ValidationException', message: /enum value set: \[RSAES_OAEP_SHA_256\]/ })
  t.match(await call({ ...whole, AttestationDocument: Buffer.alloc(262_145).toString('base64') }), { __type: 'ValidationException', message: /less than or equal to 262144/ })
})
