import { randomBytes } from 'node:crypto'
import { encodeBase64, encryptionContextOf } from '@enclave-signer/protocol'
import type { EnclaveSealedKey, ExternalSealedKey, KeyRecord } from '@enclave-signer/protocol'
import { test } from 'tap'
import { sealPrivateKey, unsealPrivateKey } from '../../src/keys/seal.ts'
import { MemoryKms } from '../fixtures/memory-kms.ts'

const record: KeyRecord & { origin: 'ENCLAVE' } = {
  keyId: 'a', keySpec: 'ECC_NIST_P256', origin: 'ENCLAVE', publicKey: encodeBase64(Buffer.from('public')), createdAt: '2026-01-02T03:04:05.678Z',
}
const pkcs8 = Buffer.from('the private key')

async function seal (kms: MemoryKms, sealedRecord = record): Promise<EnclaveSealedKey> {
  return sealPrivateKey(pkcs8, sealedRecord, await kms.generateDataKey(encryptionContextOf(sealedRecord)))
}

function external (kms: MemoryKms, keyId: string): ExternalSealedKey {
  const externalRecord = { keyId, keySpec: 'ECC_NIST_P256', origin: 'EXTERNAL', createdAt: record.createdAt } as const
  return { record: externalRecord, seal: { ciphertextBlob: encodeBase64(kms.encrypt(pkcs8, encryptionContextOf(externalRecord))) } }
}

test('keys of both origins are unsealed to the bytes that were sealed', async t => {
  const kms = new MemoryKms()
  t.same(await unsealPrivateKey(await seal(kms), kms), pkcs8)
  t.same(await unsealPrivateKey(external(kms, 'a'), kms), pkcs8)
})

test('a key sealed twice has another IV, another data key and another ciphertext', async t => {
  const kms = new MemoryKms()
  const [one, two] = [await seal(kms), await seal(kms)]
  for (const part of ['encryptedDataKey', 'iv', 'ciphertext', 'tag'] as const) t.not(one.seal[part], two.seal[part], part)
  t.equal(Buffer.from(one.seal.iv, 'base64').length, 12)
  t.equal(Buffer.from(one.seal.tag, 'base64').length, 16)
})

test('the sealed key of A given under the name B is refused, whatever its origin', async t => {
  const kms = new MemoryKms()
  const sealed = await seal(kms)
  await t.rejects(unsealPrivateKey({ ...sealed, record: { ...record, keyId: 'b' } }, kms), { code: 'KMS_INVALID_CIPHERTEXT' })
  const imported = external(kms, 'a')
  await t.rejects(unsealPrivateKey({ ...imported, record: { ...imported.record, keyId: 'b' } }, kms), { code: 'KMS_INVALID_CIPHERTEXT' })
})

test('swapped seals of two keys made here are refused, part by part and whole', async t => {
  const kms = new MemoryKms()
  const one = await seal(kms)
  const two = await seal(kms, { ...record, publicKey: encodeBase64(Buffer.from('another')) })
  await t.rejects(unsealPrivateKey({ record: one.record, seal: two.seal }, kms), { code: 'SEAL_BROKEN', message: 'the key was not sealed under this record' })
  for (const part of ['encryptedDataKey', 'iv', 'ciphertext', 'tag'] as const) {
    await t.rejects(unsealPrivateKey({ record: one.record, seal: { ...one.seal, [part]: two.seal[part] } }, kms), { code: 'SEAL_BROKEN' }, part)
  }
})

const edits: Record<string, [edit: Partial<KeyRecord>, code: string]> = {
  'public key': [{ publicKey: encodeBase64(Buffer.from('evil')) }, 'SEAL_BROKEN'],
  'creation time': [{ createdAt: '2026-01-02T03:04:05.679Z' }, 'SEAL_BROKEN'],
  'key spec': [{ keySpec: 'ECC_SECG_P256K1' }, 'KMS_INVALID_CIPHERTEXT'],
  'key id': [{ keyId: 'b' }, 'KMS_INVALID_CIPHERTEXT'],
  origin: [{ origin: 'EXTERNAL' }, 'KMS_INVALID_CIPHERTEXT'],
}

for (const [name, [edit, code]] of Object.entries(edits)) {
  test(`an edited ${name} in the record of a key made here is refused`, async t => {
    const kms = new MemoryKms()
    const { record: sealedRecord, seal: sealedSeal } = await seal(kms)
    const edited = { record: { ...sealedRecord, ...edit }, seal: { ...sealedSeal, ciphertextBlob: sealedSeal.encryptedDataKey } }
    await t.rejects(unsealPrivateKey(edited as EnclaveSealedKey, kms), { code })
  })
}

test('an attacker who may call kms:Encrypt cannot make a key that passes for one made here', async t => {
  const kms = new MemoryKms()
  // Denied kms:Encrypt under the context that names the origin, he encrypts a data key of his own without it.
  const dataKey = randomBytes(32)
  const { 'enclave-signer:origin': origin, ...context } = encryptionContextOf(record)
  t.equal(origin, 'ENCLAVE')
  const forged = sealPrivateKey(Buffer.from('his key'), record, { plaintext: dataKey, ciphertextBlob: kms.encrypt(dataKey, context) })
  await t.rejects(unsealPrivateKey(forged, kms), { code: 'KMS_INVALID_CIPHERTEXT' })
})

test('a seal whose data key is not of 32 bytes is broken', async t => {
  const kms = new MemoryKms()
  const sealed = await seal(kms)
  const encryptedDataKey = encodeBase64(kms.encrypt(Buffer.alloc(16), encryptionContextOf(record)))
  await t.rejects(unsealPrivateKey({ record, seal: { ...sealed.seal, encryptedDataKey } }, kms),
    { code: 'SEAL_BROKEN', message: 'the seal has a data key of another length' })
})

test('the data key is erased after unsealing, and after a refusal', async t => {
  const kms = new MemoryKms()
  const sealed = await seal(kms)
  kms.handedOut.length = 0
  await unsealPrivateKey(sealed, kms)
  await t.rejects(unsealPrivateKey({ ...sealed, record: { ...record, publicKey: 'AAAA' } }, kms))
  t.equal(kms.handedOut.length, 2)
  for (const dataKey of kms.handedOut) t.same(dataKey, Buffer.alloc(32))
})
