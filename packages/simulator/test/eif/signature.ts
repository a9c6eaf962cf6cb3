import { generateKeyPairSync } from 'node:crypto'
import { test } from 'tap'

import { sectionsOf } from '../../src/eif/eif.ts'
import { measureEif } from '../../src/eif/measurements.ts'
import { decodeEif } from '../../src/eif/reader.ts'
import { createSignatureSection, readSignatureSection, verifyEifSignature } from '../../src/eif/signature.ts'
import { vector, withVectors } from '../fixtures/vectors.ts'

test('the signature of the published signed image is that of its certificate', withVectors, async (t) => {
  const eif = decodeEif(vector('eif/tiny-signed.eif'))
  const [section = Buffer.alloc(0)] = sectionsOf(eif, 'signature')
  const signature = readSignatureSection(section)
  t.same(signature.certificate, vector('eif/signer-cert.pem'))
  t.equal(verifyEifSignature(signature, measureEif(eif).PCR0), true)
  t.equal(verifyEifSignature(signature, Buffer.alloc(48)), false, 'not over another PCR0')
})

test('a section made with the published key differs from the published one only in the signature', withVectors, async (t) => {
  const eif = decodeEif(vector('eif/tiny-signed.eif'))
  const [published = Buffer.alloc(0)] = sectionsOf(eif, 'signature')
  const { PCR0 } = measureEif(eif)
  const made = createSignatureSection(PCR0, vector('eif/signer-cert.pem'), vector('eif/signer-key.pem'))
  const [ours, theirs] = [readSignatureSection(made), readSignatureSection(published)]
  t.same(ours.coseSign1.subarray(0, -96), theirs.coseSign1.subarray(0, -96), 'all but the last 96 bytes')
  t.equal(verifyEifSignature(ours, PCR0), true)
})

test('a key that is on none of the three curves does not sign', async (t) => {
  const key = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' })
  t.throws(() => createSignatureSection(Buffer.alloc(48), Buffer.alloc(0), Buffer.from(key)), { code: 'EIF_SIGNING_KEY_INVALID' })
})

test('a section that is no CBOR is refused', async (t) => {
  t.throws(() => readSignatureSection(Buffer.from('ff', 'hex')), { code: 'EIF_SIGNATURE_INVALID' })
})
