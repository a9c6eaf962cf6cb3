import { encode } from 'cborg'
import fc from 'fast-check'
import { test } from 'tap'

import { verifyChain } from '../src/chain.ts'
import { decodeAttestationDocumentUnverified, isAttestationError, verifyAttestationDocument } from '../src/index.ts'
import { derOf } from '../src/root.ts'
import { createDocument } from './fixtures/documents.ts'
import { createNitroPki, testNow } from './fixtures/nitro-pki.ts'

const pki = createNitroPki()
const sound = createDocument(pki)
const options = { root: pki.root, now: testNow }
const decoded = verifyAttestationDocument(sound, options)

/** What verification answers, and undefined where it refuses; anything but an AttestationError fails the test. */
function attempt<T> (verify: () => T): T | undefined {
  try {
    return verify()
  } catch (error) {
    if (isAttestationError(error)) return undefined
    throw error
  }
}

const flips = fc.array(fc.record({ at: fc.nat(sound.length - 1), mask: fc.integer({ min: 1, max: 255 }) }),
  { minLength: 1, maxLength: 4 })
const splice = fc.record({ at: fc.nat(sound.length), removed: fc.nat(40), inserted: fc.uint8Array({ maxLength: 40 }) })

/** CBOR of any shape. */
const anyCbor = fc.letrec<{ value: unknown }>(tie => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.constant(null), fc.boolean(), fc.integer(), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.string(),
    fc.uint8Array({ maxLength: 70 }), fc.array(tie('value'), { maxLength: 4 }), fc.dictionary(fc.string(), tie('value'), { maxKeys: 4 }),
    fc.double({ noNaN: true })
  ),
})).value

const fieldNames = ['module_id', 'digest', 'timestamp', 'pcrs', 'certificate', 'cabundle', 'public_key', 'user_data', 'nonce']

test('random bytes are refused', async t => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), bytes => attempt(() => verifyAttestationDocument(bytes, options)) === undefined),
    { numRuns: 2000 })
  t.pass()
})

test('random bytes after a sound beginning are refused', async t => {
  const beginning = fc.tuple(fc.integer({ min: 1, max: sound.length - 1 }), fc.uint8Array({ maxLength: 200 }))
  fc.assert(fc.property(beginning, ([length, rest]) =>
    attempt(() => verifyAttestationDocument(Buffer.concat([sound.subarray(0, length), rest]), options)) === undefined), { numRuns: 300 })
  t.pass()
})

test('a sound document with some bits flipped is refused', async t => {
  fc.assert(fc.property(flips, changes => {
    const bytes = Buffer.from(sound)
    for (const { at, mask } of changes) bytes[at] = (bytes[at] ?? 0) ^ mask
    return bytes.equals(sound) || attempt(() => verifyAttestationDocument(bytes, options)) === undefined
  }), { numRuns: 300 })
  t.pass()
})

test('a sound document with bytes cut out and put in never attests anything else', async t => {
  fc.assert(fc.property(splice, ({ at, removed, inserted }) => {
    const bytes = Buffer.concat([sound.subarray(0, at), inserted, sound.subarray(at + removed)])
    const document = attempt(() => verifyAttestationDocument(bytes, options))
    if (document) t.strictSame(document, decoded)
  }), { numRuns: 300 })
  t.pass()
})

test('CBOR of any shape is read or refused, and never crashes', async t => {
  const protectedHeader = Buffer.from('a1013822', 'hex')
  fc.assert(fc.property(anyCbor, value => {
    attempt(() => decodeAttestationDocumentUnverified(encode([protectedHeader, {}, encode(value), Buffer.alloc(96)])))
    attempt(() => decodeAttestationDocumentUnverified(encode(value)))
  }), { numRuns: 500 })
  t.pass()
})

test('a sound document in which one field is anything is read or refused, and never crashes', async t => {
  fc.assert(fc.property(fc.constantFrom(...fieldNames), anyCbor, (name, value) => {
    attempt(() => decodeAttestationDocumentUnverified(createDocument(pki, { fields: { [name]: value } })))
  }), { numRuns: 1000 })
  t.pass()
})

test('a chain with a certificate of which some bits are flipped is refused', async t => {
  const expectations = { root: derOf(pki.root), now: testNow }
  const place = fc.record({ which: fc.integer({ min: 1, max: 4 }), at: fc.nat(600), mask: fc.integer({ min: 1, max: 255 }) })
  fc.assert(fc.property(place, ({ which, at, mask }) => {
    const chain = [...pki.cabundle, pki.certificate].map(der => Buffer.from(der))
    const [certificate = Buffer.alloc(0)] = chain.slice(which)
    certificate[at % certificate.length] = (certificate[at % certificate.length] ?? 0) ^ mask
    const changed = { ...decoded, cabundle: chain.slice(0, 4), certificate: chain[4] ?? Buffer.alloc(0) }
    return attempt(() => verifyChain(changed, expectations)) === undefined
  }), { numRuns: 500 })
  t.pass()
})
