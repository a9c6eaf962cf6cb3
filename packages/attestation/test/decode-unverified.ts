import { test } from 'tap'

import { decodeAttestationDocumentUnverified } from '../src/index.ts'
import { readVector, realDocuments, withVectors } from './fixtures/vectors.ts'

for (const { name, bytes, expected } of realDocuments()) {
  test(`the real document ${name} is read as an independent parser read it`, async t => {
    const document = decodeAttestationDocumentUnverified(bytes)
    t.strictSame({
      module_id: document.moduleId,
      digest: document.digest,
      timestamp: document.timestamp,
      pcrs: Object.fromEntries([...document.pcrs].map(([index, value]) => [String(index), value.toString('hex')])),
      public_key: document.publicKey?.toString('hex') ?? null,
      user_data: document.userData?.toString('hex') ?? null,
      nonce: document.nonce?.toString('hex') ?? null,
      cabundle_len: document.cabundle.length,
      cert_lens: [document.certificate, ...document.cabundle.toReversed()].map(({ length }) => length),
    }, {
      module_id: expected.module_id,
      digest: expected.digest,
      timestamp: expected.timestamp,
      pcrs: expected.pcrs,
      public_key: expected.public_key,
      user_data: expected.user_data,
      nonce: expected.nonce,
      cabundle_len: expected.cabundle_len,
      cert_lens: expected.cert_lens,
    })
  })
}

test('there are real documents to read', withVectors, async t => {
  t.equal(realDocuments().length, 6)
})

test('a payload map of indefinite length, as NSMs send since 2025, is read', withVectors, async t => {
  const bytes = readVector('attestation/13-base-indefinite-map-repaired.cbor')
  t.equal(bytes[bytes.indexOf('module_id') - 2], 0xbf)
  t.equal(decodeAttestationDocumentUnverified(bytes).moduleId, 'i-0368fa67e156d6d23-enc019b8596b1a9dad6')
})
