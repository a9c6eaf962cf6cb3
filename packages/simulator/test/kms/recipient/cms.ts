import { existsSync, readFileSync } from 'node:fs'
import { createPublicKey } from 'node:crypto'
import { join } from 'node:path'
import { test } from 'tap'
import { encodeEnvelopedData, encryptForRecipient } from '../../../src/kms/recipient/cms.ts'
import { createRecipientKey, openForRecipient } from '../fixtures/recipient-key.ts'

const manifest = join(import.meta.dirname, '../../../../../../shared/vectors/cms/MANIFEST.json')
const skip = existsSync(manifest) ? false : 'shared vectors are not here'

interface Sample {
  name: string
  cms_base64: string
  structure: { rid: string }
  encrypted_key_hex: string
  iv_hex: string
  ciphertext_hex: string
}

test('with the variable parts of a real KMS answer put in, the EnvelopedData is that answer byte for byte', { skip }, async t => {
  const samples = JSON.parse(readFileSync(manifest, 'utf8')) as Sample[]
  t.equal(samples.length, 4)
  for (const sample of samples) {
    const encoded = encodeEnvelopedData({
      subjectKeyIdentifier: Buffer.from(sample.structure.rid, 'hex'),
      encryptedKey: Buffer.from(sample.encrypted_key_hex, 'hex'),
      iv: Buffer.from(sample.iv_hex, 'hex'),
      ciphertext: Buffer.from(sample.ciphertext_hex, 'hex'),
    })
    t.equal(encoded.toString('base64'), sample.cms_base64, sample.name)
  }
})

test('what is encrypted for a recipient opens with its private key', async t => {
  const { spki, privateKey } = createRecipientKey()
  const publicKey = createPublicKey({ key: spki, format: 'der', type: 'spki' })
  const first = encryptForRecipient(Buffer.from('a data key'), publicKey)
  t.equal(openForRecipient(first, privateKey).toString(), 'a data key')

  const second = encryptForRecipient(Buffer.from('a data key'), publicKey)
  t.notSame(first.subarray(-40), second.subarray(-40), 'a fresh content key and IV each time')
})

test('the recipient is named by the SHA-256 of its SPKI', { skip }, async t => {
  const [sample] = JSON.parse(readFileSync(manifest, 'utf8')) as Sample[]
  const pem = readFileSync(join(manifest, '../01-edgebit-generatedatakey.key.pem'), 'utf8')
  const encoded = encryptForRecipient(Buffer.alloc(32), createPublicKey(pem))
  t.ok(encoded.includes(Buffer.from(`8020${sample?.structure.rid ?? 'none'}`, 'hex')))
})

test('4096 bytes, the most that Encrypt takes, stay below the 6144 that a CiphertextForRecipient may have', async t => {
  const { spki } = createRecipientKey()
  t.ok(encryptForRecipient(Buffer.alloc(4096), createPublicKey({ key: spki, format: 'der', type: 'spki' })).length <= 6144)
})
