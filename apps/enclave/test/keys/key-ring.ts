import { encodeBase64, encryptionContextOf, keySpecs, signingAlgorithmsOf } from '@enclave-signer/protocol'
import type { EnclaveSealedKey, ExternalSealedKey, KeySpec } from '@enclave-signer/protocol'
import { test } from 'tap'
import { KeyRing } from '../../src/keys/key-ring.ts'
import type { LogEntry } from '../../src/log.ts'
import { sign } from '../../src/signing/sign.ts'
import { freshKey, holds, outsideKey } from '../fixtures/keys.ts'
import type { OutsideKey } from '../fixtures/keys.ts'
import { MemoryKms } from '../fixtures/memory-kms.ts'

const createdAt = '2026-01-02T03:04:05.678Z'
const nowMs = Date.parse(createdAt)

function ringOf (kms: MemoryKms, capacity = 1000, lines: LogEntry[] = []): KeyRing {
  return new KeyRing({ kms, capacity, now: () => nowMs, log: line => { lines.push(line) } })
}

function importOf (kms: MemoryKms, keyId: string, keySpec: KeySpec, { pkcs8 }: Pick<OutsideKey, 'pkcs8'> = outsideKey(keySpec)): ExternalSealedKey {
  const record = { keyId, keySpec, origin: 'EXTERNAL', createdAt } as const
  return { record, seal: { ciphertextBlob: encodeBase64(kms.encrypt(pkcs8, encryptionContextOf(record))) } }
}

async function signsFor (ring: KeyRing, keyId: string, spki: Buffer): Promise<boolean> {
  const { privateKey } = ring.get(keyId)
  const [signingAlgorithm] = signingAlgorithmsOf[privateKey.keySpec]
  const message = Buffer.from(keyId)
  const { signature } = await sign(privateKey, { message, messageType: 'RAW', signingAlgorithm, signatureFormat: 'DER' })
  return holds(spki, signingAlgorithm, message, signature)
}

for (const keySpec of keySpecs) {
  test(`a ${keySpec} key is imported, its public key derived, and signs`, async t => {
    const kms = new MemoryKms()
    const ring = ringOf(kms)
    const { spki } = outsideKey(keySpec)
    t.same(await ring.load(importOf(kms, 'k', keySpec)), { keyId: 'k', keySpec, origin: 'EXTERNAL', publicKey: encodeBase64(spki), createdAt })
    t.ok(await signsFor(ring, 'k', spki))
  })

  test(`a ${keySpec} key is made, sealed, and unsealed by another life of the enclave`, async t => {
    const kms = new MemoryKms()
    const sealedKey = await ringOf(kms).generate('k', keySpec)
    const { publicKey, ...rest } = sealedKey.record
    t.same(rest, { keyId: 'k', keySpec, origin: 'ENCLAVE', createdAt })
    const later = ringOf(kms)
    t.same(await later.load(sealedKey), sealedKey.record)
    t.ok(await signsFor(later, 'k', Buffer.from(publicKey, 'base64')))
  })
}

test('a key just made is not held: a lost answer takes nothing with it, and the id can be asked for again', async t => {
  const kms = new MemoryKms()
  const ring = ringOf(kms)
  const lost = await ring.generate('k', 'ECC_SECG_P256K1')
  t.equal(ring.size, 0)
  const { record, ...sealedKey } = await ring.generate('k', 'ECC_SECG_P256K1')
  t.not(record.publicKey, lost.record.publicKey)
  await ring.load({ record, ...sealedKey })
  t.ok(await signsFor(ring, 'k', Buffer.from(record.publicKey, 'base64')))
  t.same(kms.calls, ['GenerateDataKey', 'GenerateDataKey', 'Decrypt'])
})

test('a key that is not loaded is told by its name', async t => {
  t.throws(() => ringOf(new MemoryKms()).get('k'), { code: 'KEY_NOT_LOADED', message: 'k is not loaded' })
})

test('a thousand first requests for one key cause one Decrypt', async t => {
  const kms = new MemoryKms()
  const ring = ringOf(kms)
  const sealedKey = importOf(kms, 'k', 'ECC_SECG_P256K1')
  const records = await Promise.all(Array.from({ length: 1000 }, async () => await ring.load(structuredClone(sealedKey))))
  t.same(kms.calls, ['Decrypt'])
  t.equal(new Set(records.map(({ publicKey }) => publicKey)).size, 1)
  t.equal(ring.size, 1)
})

test('the same sealed key again is answered without KMS', async t => {
  const kms = new MemoryKms()
  const ring = ringOf(kms)
  const sealedKey = importOf(kms, 'k', 'ECC_SECG_P256K1')
  const record = await ring.load(sealedKey)
  t.same(await ring.load(sealedKey), record)
  t.same(await ring.load({ ...sealedKey, record: { ...sealedKey.record, publicKey: record.publicKey } }), record)
  const made = await ring.generate('m', 'ECC_NIST_P256')
  t.same(await ring.load(made), made.record)
  t.same(await ring.load(made), made.record)
  t.same(kms.calls, ['Decrypt', 'GenerateDataKey', 'Decrypt'])
})

test('another key under a name that is taken is a conflict, and the first one stays', async t => {
  const kms = new MemoryKms()
  const ring = ringOf(kms)
  const first = importOf(kms, 'k', 'ECC_SECG_P256K1')
  await ring.load(first)
  const conflict = { code: 'KEY_CONFLICT', message: 'another key is loaded as k' }
  await t.rejects(ring.load(importOf(kms, 'k', 'ECC_SECG_P256K1', freshKey('ECC_SECG_P256K1'))), conflict)
  await t.rejects(ring.load(importOf(kms, 'k', 'ECC_NIST_P256')), conflict)
  t.same(kms.calls, ['Decrypt'])
  t.ok(await signsFor(ring, 'k', outsideKey('ECC_SECG_P256K1').spki))
})

test('an import can be repeated at a later time, and answers the record of the first', async t => {
  const kms = new MemoryKms()
  const ring = ringOf(kms)
  const first = importOf(kms, 'k', 'ECC_SECG_P256K1')
  const record = await ring.load(first)
  t.same(await ring.load({ ...first, record: { ...first.record, createdAt: '2026-01-02T03:04:05.679Z' } }), record)
  t.same(kms.calls, ['Decrypt'])
})

test('another time of creation in the record of a loaded key made here is another key', async t => {
  const kms = new MemoryKms()
  const ring = ringOf(kms)
  const made = await ring.generate('k', 'ECC_NIST_P256')
  await ring.load(made)
  const edited = { ...made, record: { ...made.record, createdAt: '2020-01-02T03:04:05.679Z' } }
  await t.rejects(ring.load(edited), { code: 'KEY_CONFLICT' })
  await t.rejects(ringOf(kms).load(edited), { code: 'SEAL_BROKEN' })
})

test('two different keys asked for under one name at once end in one key and a conflict', async t => {
  const kms = new MemoryKms()
  const ring = ringOf(kms)
  const outcomes = await Promise.allSettled([
    ring.load(importOf(kms, 'k', 'ECC_SECG_P256K1')),
    ring.load(importOf(kms, 'k', 'ECC_SECG_P256K1', freshKey('ECC_SECG_P256K1'))),
  ])
  t.same(outcomes.map(outcome => outcome.status === 'fulfilled' ? 'held' : (outcome.reason as { code: string }).code), ['held', 'KEY_CONFLICT'])
  t.ok(await signsFor(ring, 'k', outsideKey('ECC_SECG_P256K1').spki))
})

test('an edited public key in the record of an imported key is refused, loaded before or not', async t => {
  const kms = new MemoryKms()
  const ring = ringOf(kms)
  const sealedKey = importOf(kms, 'k', 'ECC_SECG_P256K1')
  const edited = { ...sealedKey, record: { ...sealedKey.record, publicKey: encodeBase64(freshKey('ECC_SECG_P256K1').spki) } }
  const mismatch = { code: 'PUBLIC_KEY_MISMATCH', message: 'the public key of k is not the one in its record' }
  await t.rejects(ring.load(edited), mismatch)
  t.equal(ring.size, 0)
  await ring.load(sealedKey)
  await t.rejects(ring.load(edited), mismatch)
})

test('an attacker\'s own key sealed under a victim\'s name has another public key than the record that was pinned', async t => {
  const kms = new MemoryKms()
  const forged = importOf(kms, 'victim', 'ECC_SECG_P256K1', freshKey('ECC_SECG_P256K1'))
  const pinned = encodeBase64(outsideKey('ECC_SECG_P256K1').spki)
  await t.rejects(ringOf(kms).load({ ...forged, record: { ...forged.record, publicKey: pinned } }), { code: 'PUBLIC_KEY_MISMATCH' })
})

test('an edited record of a key made here is refused before and after the key is loaded', async t => {
  const kms = new MemoryKms()
  const sealedKey = await ringOf(kms).generate('k', 'ECC_NIST_P256')
  const edited: EnclaveSealedKey = { ...sealedKey, record: { ...sealedKey.record, publicKey: encodeBase64(outsideKey('ECC_NIST_P256').spki) } }
  const ring = ringOf(kms)
  await t.rejects(ring.load(edited), { code: 'SEAL_BROKEN' })
  await ring.load(sealedKey)
  await t.rejects(ring.load(edited), { code: 'PUBLIC_KEY_MISMATCH' })
  await t.rejects(ring.load({ ...sealedKey, seal: { ...sealedKey.seal, tag: encodeBase64(Buffer.alloc(16)) } }), { code: 'KEY_CONFLICT' })
})

test('an imported key of another spec than its record says is refused', async t => {
  const kms = new MemoryKms()
  const ring = ringOf(kms)
  await t.rejects(ring.load(importOf(kms, 'k', 'ECC_SECG_P256K1', outsideKey('ECC_NIST_P256'))), { code: 'INVALID_KEY', message: 'the key is of spec ECC_NIST_P256, not ECC_SECG_P256K1' })
  t.equal(ring.size, 0)
})

test('a failure is nobody\'s for ever: the next request tries again', async t => {
  const kms = new MemoryKms()
  const ring = ringOf(kms)
  const sealedKey = importOf(kms, 'k', 'ECC_SECG_P256K1')
  const stranger = { ...sealedKey, seal: { ciphertextBlob: encodeBase64(Buffer.alloc(100)) } }
  await t.rejects(ring.load(stranger), { code: 'KMS_INVALID_CIPHERTEXT' })
  await ring.load(sealedKey)
  t.equal(ring.size, 1)
})

test('the unsealed bytes are erased after loading and after a refusal, for every origin', async t => {
  const kms = new MemoryKms()
  const ring = ringOf(kms)
  const made = await ring.generate('m', 'ECC_NIST_P384')
  await ringOf(kms).load(made)
  await ring.load(importOf(kms, 'k', 'ECC_NIST_EDWARDS25519'))
  await t.rejects(ring.load(importOf(kms, 'r', 'ECC_SECG_P256K1', outsideKey('ECC_NIST_P256'))))
  t.equal(kms.handedOut.length, 4)
  for (const bytes of kms.handedOut) t.ok(bytes.every(byte => byte === 0), `${bytes.length} bytes`)
})

test('a full ring erases the key that was used longest ago, and the name then means no key at all', async t => {
  const kms = new MemoryKms()
  const lines: LogEntry[] = []
  const ring = ringOf(kms, 3, lines)
  for (const keyId of ['a', 'b', 'c']) await ring.load(importOf(kms, keyId, 'ECC_SECG_P256K1', freshKey('ECC_SECG_P256K1')))
  const { privateKey } = ring.get('b')
  ring.get('a')
  ring.get('c')
  await ring.load(importOf(kms, 'd', 'ECC_SECG_P256K1'))
  t.equal(ring.size, 3)
  t.throws(() => ring.get('b'), { code: 'KEY_NOT_LOADED', message: 'b is not loaded' })
  t.throws(() => sign(privateKey, { message: Buffer.from('m'), messageType: 'RAW', signingAlgorithm: 'ECDSA_SHA_256', signatureFormat: 'DER' }),
    { code: 'KEY_NOT_LOADED', message: 'the key has been erased' })
  t.match(lines.at(-2), { event: 'key.erased', keyId: 'b' })
  for (const keyId of ['a', 'c', 'd']) t.ok(ring.get(keyId))
})

test('forcing evictions without end never makes a key sign under another\'s name', async t => {
  const kms = new MemoryKms()
  const ring = ringOf(kms, 4)
  const keys = Array.from({ length: 12 }, (_, index) => ({ keyId: `k${index}`, key: freshKey(index % 2 === 0 ? 'ECC_SECG_P256K1' : 'ECC_NIST_P256') }))
  const sealed = keys.map(({ keyId, key }, index) => importOf(kms, keyId, index % 2 === 0 ? 'ECC_SECG_P256K1' : 'ECC_NIST_P256', key))
  for (let round = 0; round < 60; round++) {
    const index = round * 7 % keys.length
    const sealedKey = sealed[index]
    const key = keys[index]
    if (sealedKey === undefined || key === undefined) throw new Error('no such key')
    await ring.load(sealedKey)
    if (!await signsFor(ring, key.keyId, key.key.spki)) t.fail(`round ${round}`)
    if (ring.size > 4) t.fail(`${ring.size} keys`)
  }
  t.pass()
})

test('clearing the ring erases every key', async t => {
  const kms = new MemoryKms()
  const ring = ringOf(kms)
  await ring.load(importOf(kms, 'k', 'ECC_SECG_P256K1'))
  ring.clear()
  t.equal(ring.size, 0)
  t.throws(() => ring.get('k'), { code: 'KEY_NOT_LOADED' })
})

test('more keys at once than may be under way are refused as overload', async t => {
  const kms = new MemoryKms()
  const ring = ringOf(kms)
  const outcomes = await Promise.allSettled(Array.from({ length: 600 }, async (_, index) => await ring.load(importOf(kms, `k${index}`, 'ECC_SECG_P256K1'))))
  const refused = outcomes.filter(outcome => outcome.status === 'rejected')
  t.equal(refused.length, 600 - 512)
  t.match(refused[0]?.reason, { code: 'OVERLOADED', message: '512 keys are being unsealed already' })
})

test('makings beyond a bound are refused as overload', async t => {
  const ring = ringOf(new MemoryKms())
  const outcomes = await Promise.allSettled(Array.from({ length: 600 }, async () => await ring.generate('k', 'ECC_NIST_EDWARDS25519')))
  const refused = outcomes.filter(outcome => outcome.status === 'rejected').map(outcome => (outcome.reason as { code: string }).code)
  t.same(new Set(refused), new Set(['OVERLOADED']))
  t.equal(refused.length, 600 - 514)
})

test('a key that is unsealed while the enclave is being closed is erased, not held', async t => {
  const kms = new MemoryKms()
  const ring = ringOf(kms)
  const loading = ring.load(importOf(kms, 'k', 'ECC_SECG_P256K1'))
  ring.clear()
  await t.rejects(loading, { code: 'KEY_NOT_LOADED' })
  t.equal(ring.size, 0)
})
