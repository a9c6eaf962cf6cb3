import { createPublicKey, generateKeyPairSync } from 'node:crypto'

import { encode } from 'cborg'
import { test } from 'tap'

import { decodeCoseSign1, maximumPayloadBytes, verifyCoseSign1 } from '../src/cose-sign1.ts'
import { createDocument } from './fixtures/documents.ts'
import { malleate } from './fixtures/malleate.ts'
import { createNitroPki } from './fixtures/nitro-pki.ts'
import { refusalOf } from './fixtures/refusal.ts'

const pki = createNitroPki()
const leafKey = createPublicKey(pki.leafKey)

test('a signature verifies under the key that made it', async t => {
  t.doesNotThrow(() => { verifyCoseSign1(decodeCoseSign1(createDocument(pki)), leafKey) })
})

test('a signature does not verify under another key', async t => {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' })
  t.equal(refusalOf(() => { verifyCoseSign1(decodeCoseSign1(createDocument(pki)), publicKey) }).code, 'SIGNATURE_INVALID')
})

test('tagged and untagged documents are the same', async t => {
  const bytes = createDocument(pki)
  t.strictSame(decodeCoseSign1(Buffer.concat([Buffer.of(0xd2), bytes])), decodeCoseSign1(bytes))
})

test('the protected header is verified as it was encoded', async t => {
  const protectedHeader = Buffer.from('bf013822ff', 'hex')
  const sign1 = decodeCoseSign1(createDocument(pki, { protectedHeader }))
  t.strictSame(sign1.protectedHeader, protectedHeader)
  t.doesNotThrow(() => { verifyCoseSign1(sign1, leafKey) })
})

test('the twin of a signature, s replaced by n - s, verifies too', async t => {
  const sign1 = decodeCoseSign1(createDocument(pki))
  const twin = malleate(sign1.signature)
  t.notSame(twin, sign1.signature)
  t.doesNotThrow(() => { verifyCoseSign1({ ...sign1, signature: twin }, leafKey) })
})

test('the largest payload is read, whatever the encoding of its length', async t => {
  const payload = Buffer.alloc(maximumPayloadBytes)
  const header = Buffer.from('a1013822', 'hex')
  const bytes = Buffer.concat([
    Buffer.from('d29b0000000000000004', 'hex'), ...[header, undefined, payload, Buffer.alloc(96)].map(longForm),
  ])
  t.equal(decodeCoseSign1(bytes).payload.length, 16384)
  t.equal(decodeCoseSign1(encode([header, new Map(), payload, Buffer.alloc(96)])).payload.length, 16384)
})

/** A byte string, or an empty map, with its length in eight bytes. */
function longForm (bytes: Buffer | undefined): Buffer {
  const header = Buffer.alloc(9)
  header[0] = bytes ? 0x5b : 0xbb
  header.writeBigUInt64BE(BigInt(bytes?.length ?? 0), 1)
  return Buffer.concat([header, bytes ?? Buffer.alloc(0)])
}
