import { test } from 'tap'
import { readEnvelopedData } from '../../src/recipient/enveloped-data.ts'
import { readJsonVector, readVector, withVectors } from '../fixtures/vectors.ts'

interface CmsVector { name: string, encrypted_key_hex: string, iv_hex: string, ciphertext_hex: string, structure: { rid: string } }

test('every CMS that KMS is known to have sent is read to the same parts', withVectors, async t => {
  const vectors = readJsonVector('cms/MANIFEST.json') as CmsVector[]
  t.equal(vectors.length, 4)
  for (const { name, encrypted_key_hex: encryptedKey, iv_hex: iv, ciphertext_hex: ciphertext, structure } of vectors) {
    const parts = readEnvelopedData(readVector(`cms/${name}.ber`))
    t.equal(parts.encryptedKey.toString('hex'), encryptedKey, name)
    t.equal(parts.iv.toString('hex'), iv, name)
    t.equal(parts.encryptedContent.toString('hex'), ciphertext, name)
    t.equal(parts.subjectKeyIdentifier.toString('hex'), structure.rid, name)
  }
})
