import { test } from 'tap'

import { awsNitroEnclavesRootG1, isDebugMode, measurementsOf, verifyAttestationDocument } from '../src/index.ts'
import { createDocument, testNonce } from './fixtures/documents.ts'
import { malleate } from './fixtures/malleate.ts'
import { createNitroPki, testNow } from './fixtures/nitro-pki.ts'
import { refusalOf } from './fixtures/refusal.ts'
import { readVector, realDocuments, withVectors } from './fixtures/vectors.ts'

const root = awsNitroEnclavesRootG1
const real = realDocuments()
const valid = real.filter(({ expected }) => expected.cose_signature_ok)

for (const { name, bytes, expected } of valid) {
  const leaf = expected.chain[0]
  const notBefore = Date.parse(leaf?.not_before ?? '')
  const notAfter = Date.parse(leaf?.not_after ?? '')

  test(`the real document ${name} verifies at its own time, with its own nonce and PCRs`, async t => {
    const nonce = expected.nonce === null ? {} : { nonce: Buffer.from(expected.nonce, 'hex') }
    const expectedPcrs = Object.fromEntries(Object.entries(expected.pcrs).map(([index, value]) => [`PCR${index}`, value.toUpperCase()]))
    const document = verifyAttestationDocument(bytes, { root, now: expected.timestamp, ...nonce, expectedPcrs })
    t.equal(document.moduleId, expected.module_id)
    t.equal(isDebugMode(document), /^0+$/.test(expected.pcrs[0] ?? ''))
    t.equal(measurementsOf(document).PCR0, expected.pcrs[0])
  })

  test(`the real document ${name} verifies while its leaf is valid and not a millisecond longer`, async t => {
    t.doesNotThrow(() => verifyAttestationDocument(bytes, { root, now: notBefore }))
    t.doesNotThrow(() => verifyAttestationDocument(bytes, { root, now: notAfter }))
    t.match(refusalOf(() => verifyAttestationDocument(bytes, { root, now: notBefore - 1 })),
      { code: 'CERTIFICATE_NOT_YET_VALID', facts: { certificate: 'leaf', notBefore } })
    t.match(refusalOf(() => verifyAttestationDocument(bytes, { root, now: notAfter + 1 })),
      { code: 'CERTIFICATE_EXPIRED', facts: { certificate: 'leaf', notAfter } })
  })

  test(`the real document ${name} is refused under another root`, async t => {
    const foreign = createNitroPki().root
    t.equal(refusalOf(() => verifyAttestationDocument(bytes, { root: foreign, now: expected.timestamp })).code, 'ROOT_MISMATCH')
  })

  test(`the real document ${name} is refused for another nonce and for another PCR`, async t => {
    const now = expected.timestamp
    t.equal(refusalOf(() => verifyAttestationDocument(bytes, { root, now, nonce: Buffer.from('another') })).code, 'NONCE_MISMATCH')
    t.match(refusalOf(() => verifyAttestationDocument(bytes, { root, now, expectedPcrs: { PCR4: 'ab'.repeat(48) } })),
      { code: 'PCR_MISMATCH', facts: { mismatches: [{ index: 4, expected: 'ab'.repeat(48), actual: expected.pcrs[4] }] } })
  })

  test(`the twin of the real document ${name} under the malleated signature verifies too`, async t => {
    const twin = Buffer.concat([bytes.subarray(0, -96), malleate(bytes.subarray(-96))])
    t.notSame(twin, bytes)
    t.strictSame(verifyAttestationDocument(twin, { root, now: expected.timestamp }),
      verifyAttestationDocument(bytes, { root, now: expected.timestamp }))
  })
}

test('five real documents verify and one does not', withVectors, async t => {
  t.strictSame([real.length, valid.length], [6, 5])
})

test('the real document with a bad signature is refused for that alone', withVectors, async t => {
  const bad = real.find(({ name }) => name.startsWith('02-'))
  t.match(refusalOf(() => verifyAttestationDocument(bad?.bytes ?? Buffer.alloc(0), { root, now: bad?.expected.timestamp ?? 0 })),
    { code: 'SIGNATURE_INVALID', facts: { bytes: 96 } })
})

test('the real documents of debug-mode enclaves are recognised', withVectors, async t => {
  const debug = valid.filter(({ bytes, expected }) => isDebugMode(verifyAttestationDocument(bytes, { root, now: expected.timestamp })))
  t.strictSame(debug.map(({ name }) => name.slice(0, 2)), ['04', '06'])
})

for (const name of ['qemu-attestation-args.unsigned.cbor', 'qemu-attestation-nulls.unsigned.cbor']) {
  test(`the emulator's unsigned document ${name} is refused because it names no ES384`, withVectors, async t => {
    const bytes = readVector(`nsm/${name}`)
    t.match(refusalOf(() => verifyAttestationDocument(bytes, { root, now: testNow })),
      { code: 'COSE_PROTECTED_HEADER_INVALID', facts: { entries: 1, algorithm: -1 } })
  })

  test(`the emulator's document ${name} is refused for its root when it claims ES384`, withVectors, async t => {
    const bytes = readVector(`nsm/${name}`)
    // Its signature is 64 zero bytes, with a two-byte header.
    const unsigned = bytes.subarray(5, -66)
    const claiming = Buffer.concat([Buffer.from('8444a1013822', 'hex'), unsigned, Buffer.of(0x58, 96), Buffer.alloc(96)])
    t.equal(refusalOf(() => verifyAttestationDocument(claiming, { root, now: testNow })).code, 'ROOT_MISMATCH')
  })
}

test('a document is believed with a nonce that was sent and PCRs that were expected', async t => {
  const pki = createNitroPki()
  const options = { root: pki.root, now: testNow, nonce: testNonce, expectedPcrs: { PCR0: '01'.repeat(48), PCR2: '03'.repeat(48) } }
  t.strictSame(verifyAttestationDocument(createDocument(pki), options).nonce, testNonce)
})
