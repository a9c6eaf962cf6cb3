import { encodeBase64, encryptionContextOf } from '@enclave-signer/protocol'
import type { ExternalSealedKey } from '@enclave-signer/protocol'
import { test } from 'tap'
import { KeyRing } from '../../src/keys/key-ring.ts'
import { freshKey } from '../fixtures/keys.ts'
import { MemoryKms } from '../fixtures/memory-kms.ts'

const record = { keyId: 'k', keySpec: 'ECC_NIST_P256', origin: 'EXTERNAL', createdAt: '2026-01-02T03:04:05.678Z' } as const

const edits: Record<string, Partial<ExternalSealedKey['record']>> = {
  'key id': { keyId: 'victim' },
  'key spec': { keySpec: 'ECC_SECG_P256K1' },
}

for (const [name, edit] of Object.entries(edits)) {
  test(`an edited ${name} in the record of an imported key is refused by KMS itself`, async t => {
    const kms = new MemoryKms()
    const ring = new KeyRing({ kms, capacity: 10, now: () => 0, log: () => undefined })
    const seal = { ciphertextBlob: encodeBase64(kms.encrypt(freshKey('ECC_NIST_P256').pkcs8, encryptionContextOf(record))) }
    await t.rejects(ring.load({ record: { ...record, ...edit }, seal }), { code: 'KMS_INVALID_CIPHERTEXT' })
    t.equal(ring.size, 0)
    t.match(await ring.load({ record, seal }), record, 'the unedited record is taken')
  })
}
