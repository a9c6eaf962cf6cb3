import { randomBytes } from 'node:crypto'
import { test } from 'tap'
import { startTestKms } from '../fixtures/running-kms.ts'

const EncryptionContext = { 'enclave-signer:key-id': 'k', 'enclave-signer:key-spec': 'ECC_NIST_P256' }

test('what Encrypt seals, Decrypt opens, in the same encryption context in any order', async t => {
  await using running = await startTestKms()
  const KeyId = await running.createKey()
  const Plaintext = randomBytes(4096).toString('base64')
  const sealed = await running.call('Encrypt', { KeyId, Plaintext, EncryptionContext })
  t.match(sealed.body, { KeyId, EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' })

  const reversed = Object.fromEntries(Object.entries(EncryptionContext).reverse())
  const opened = await running.call('Decrypt', { CiphertextBlob: sealed.body.CiphertextBlob, EncryptionContext: reversed })
  t.same(opened.body, { KeyId, Plaintext, EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' })
})

test('Encrypt takes 1 to 4096 bytes', async t => {
  await using running = await startTestKms()
  const KeyId = await running.createKey()
  const refusal = (constraint: string) => ({
    __type: 'ValidationException', message: `1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must have length ${constraint}`,
  })
  t.same((await running.call('Encrypt', { KeyId, Plaintext: '' })).body, refusal('greater than or equal to 1'))
  t.same((await running.call('Encrypt', { KeyId, Plaintext: Buffer.alloc(4097).toString('base64') })).body, refusal('less than or equal to 4096'))
})

test('Encrypt and Decrypt refuse the algorithms of asymmetric keys', async t => {
  await using running = await startTestKms()
  const KeyId = await running.createKey()
  const EncryptionAlgorithm = 'RSAES_OAEP_SHA_256'
  for (const [operation, member] of [['Encrypt', 'Plaintext'], ['Decrypt', 'CiphertextBlob']] as const) {
    t.same((await running.call(operation, { KeyId, [member]: 'YQ==', EncryptionAlgorithm })).body, {
      __type: 'InvalidKeyUsageException', message: 'Algorithm RSAES_OAEP_SHA_256 is incompatible with key spec SYMMETRIC_DEFAULT.',
    })
  }
})

test('Decrypt opens nothing that was altered or sealed in another encryption context', async t => {
  await using running = await startTestKms()
  const KeyId = await running.createKey()
  const { body } = await running.call('Encrypt', { KeyId, Plaintext: 'YQ==', EncryptionContext })
  const blob = Buffer.from(String(body.CiphertextBlob), 'base64')
  const altered = Buffer.from(blob)
  altered.writeUInt8(altered.readUInt8(30) ^ 1, 30)
  const keyAltered = Buffer.from(blob)
  keyAltered.writeUInt8(keyAltered.readUInt8(5) ^ 1, 5)
  for (const [CiphertextBlob, context] of [[blob, {}], [blob, { ...EncryptionContext, more: '' }], [altered, EncryptionContext], [keyAltered, EncryptionContext], [blob.subarray(1), EncryptionContext]] as const) {
    const answer = await running.call('Decrypt', { CiphertextBlob: CiphertextBlob.toString('base64'), EncryptionContext: context })
    t.match(answer, { status: 400 })
    t.same(answer.body, { __type: 'InvalidCiphertextException' })
  }
})

test('Decrypt with the KeyId of another key is refused', async t => {
  await using running = await startTestKms()
  const [KeyId, other] = [await running.createKey(), await running.createKey()]
  const { body } = await running.call('Encrypt', { KeyId, Plaintext: 'YQ==' })
  t.same((await running.call('Decrypt', { CiphertextBlob: body.CiphertextBlob, KeyId: other })).body, {
    __type: 'IncorrectKeyException', message: 'The key ID in the request does not identify a CMK that can perform this operation.',
  })
})

test('Decrypt takes a blob of up to 6144 bytes', async t => {
  await using running = await startTestKms()
  t.same((await running.call('Decrypt', { CiphertextBlob: Buffer.alloc(6145).toString('base64') })).body, {
    __type: 'ValidationException',
    message: "1 validation error detected: Value at 'ciphertextBlob' failed to satisfy constraint: Member must have length less than or equal to 6144",
  })
})

test('GenerateDataKey answers a data key in clear and under the key', async t => {
  await using running = await startTestKms()
  const KeyId = await running.createKey()
  for (const [size, bytes] of [[{ KeySpec: 'AES_256' }, 32], [{ KeySpec: 'AES_128' }, 16], [{ NumberOfBytes: 1 }, 1], [{ NumberOfBytes: 1024 }, 1024]] as const) {
    const { body } = await running.call('GenerateDataKey', { KeyId, ...size, EncryptionContext })
    t.equal(Buffer.from(String(body.Plaintext), 'base64').length, bytes)
    t.equal(body.KeyId, KeyId)
    const opened = await running.call('Decrypt', { CiphertextBlob: body.CiphertextBlob, EncryptionContext })
    t.equal(opened.body.Plaintext, body.Plaintext)
  }
})

test('GenerateDataKey wants one size', async t => {
  await using running = await startTestKms()
  const KeyId = await running.createKey()
  for (const size of [{}, { KeySpec: 'AES_256', NumberOfBytes: 32 }]) {
    t.same((await running.call('GenerateDataKey', { KeyId, ...size })).body, {
      __type: 'ValidationException', message: 'Please specify either number of bytes or key spec.',
    })
  }
  t.match((await running.call('GenerateDataKey', { KeyId, NumberOfBytes: 1025 })).body, { __type: 'ValidationException' })
})

test('GenerateRandom answers 1 to 1024 bytes, never the same', async t => {
  await using running = await startTestKms()
  const random = async (NumberOfBytes?: number) => (await running.call('GenerateRandom', { NumberOfBytes })).body
  t.equal(Buffer.from(String((await random(1024)).Plaintext), 'base64').length, 1024)
  t.notSame(await random(32), await random(32))
  t.same(await random(), { __type: 'ValidationException', message: 'NumberOfBytes is required.' })
  t.match(await random(0), { __type: 'ValidationException' })
  t.match(await random(1025), { __type: 'ValidationException' })
})
