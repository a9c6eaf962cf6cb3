import { test } from 'tap'

import { verifyChain } from '../src/chain.ts'
import { decodeAttestationDocumentUnverified } from '../src/index.ts'
import { derOf } from '../src/root.ts'
import { newKey } from './fixtures/certificates.ts'
import { createDocument } from './fixtures/documents.ts'
import { createNitroPki, testNow } from './fixtures/nitro-pki.ts'
import type { NitroPki } from './fixtures/nitro-pki.ts'
import { refusalOf } from './fixtures/refusal.ts'

function verifyChainOf (pki: NitroPki, cabundle: Buffer[] = pki.cabundle): string {
  const document = decodeAttestationDocumentUnverified(createDocument(pki, { fields: { cabundle } }))
  return verifyChain(document, { root: derOf(pki.root), now: testNow }).export({ type: 'spki', format: 'pem' }).toString()
}

test('a sound chain answers with the key of its leaf', async t => {
  const pki = createNitroPki()
  t.match(verifyChainOf(pki), /^-----BEGIN PUBLIC KEY-----/)
})

test('a chain in the reverse order is refused at its root', async t => {
  const pki = createNitroPki()
  t.equal(refusalOf(() => verifyChainOf(pki, pki.cabundle.toReversed())).code, 'ROOT_MISMATCH')
})

test('a chain with two intermediates exchanged is refused', async t => {
  const pki = createNitroPki()
  const [root, regional, zonal, instance] = pki.cabundle as [Buffer, Buffer, Buffer, Buffer]
  const error = refusalOf(() => verifyChainOf(pki, [root, zonal, regional, instance]))
  t.equal(error.code, 'PATH_TOO_LONG')
  t.strictSame(error.facts, { certificate: 'intermediate 1', pathLength: 1, followedBy: 2 })
})

test('a chain with an intermediate left out is refused', async t => {
  const pki = createNitroPki()
  const [root, regional, , instance] = pki.cabundle as [Buffer, Buffer, Buffer, Buffer]
  const error = refusalOf(() => verifyChainOf(pki, [root, regional, instance]))
  t.equal(error.code, 'CHAIN_ISSUER_MISMATCH')
  t.strictSame(error.facts, { certificate: 'intermediate 2' })
})

test('a leaf under another chain of the same names is refused', async t => {
  const pki = createNitroPki()
  const { cabundle, root } = createNitroPki()
  const error = refusalOf(() => verifyChainOf({ ...pki, root, cabundle }))
  t.equal(error.code, 'CHAIN_SIGNATURE_INVALID')
  t.strictSame(error.facts, { certificate: 'leaf' })
})

test('a root without intermediates cannot vouch for a leaf it did not sign', async t => {
  const pki = createNitroPki()
  t.equal(refusalOf(() => verifyChainOf(pki, pki.cabundle.slice(0, 1))).code, 'CHAIN_ISSUER_MISMATCH')
})

test('a chain may be shorter than AWS makes it', async t => {
  const key = newKey()
  const pki = createNitroPki({
    regional: () => ({ key }),
    leaf: () => ({ issuer: 'regional.test.nitro-enclaves', issuerKey: key }),
  })
  t.doesNotThrow(() => verifyChainOf(pki, pki.cabundle.slice(0, 2)))
})
