import { createHash } from 'node:crypto'

import fc from 'fast-check'
import { test } from 'tap'

import { canonicalKeyRecord, digestBytesOf, encryptionContextOf, keyIdPattern, keyOrigins, keySpecs, signingAlgorithms, signingAlgorithmsOf, userDataOf } from '../src/keys.ts'
import type { KeyRecord } from '../src/keys.ts'
import { enclaveRecord, externalRecord } from './fixtures/samples.ts'
import { frozenAndMade, readVectors } from './fixtures/vectors.ts'

test('every key spec signs with the algorithms KMS gives it, the default first', async t => {
  const rsa = [
    'RSASSA_PSS_SHA_256', 'RSASSA_PSS_SHA_384', 'RSASSA_PSS_SHA_512',
    'RSASSA_PKCS1_V1_5_SHA_256', 'RSASSA_PKCS1_V1_5_SHA_384', 'RSASSA_PKCS1_V1_5_SHA_512',
  ]
  t.strictSame(signingAlgorithmsOf, {
    ECC_SECG_P256K1: ['ECDSA_SHA_256'],
    ECC_NIST_P256: ['ECDSA_SHA_256'],
    ECC_NIST_P384: ['ECDSA_SHA_384'],
    ECC_NIST_EDWARDS25519: ['ED25519_SHA_512'],
    RSA_2048: rsa,
    RSA_3072: rsa,
    RSA_4096: rsa,
  })
  t.strictSame(Object.keys(signingAlgorithmsOf), keySpecs)
})

test('every signing algorithm has the digest length that its name says', async t => {
  t.strictSame(signingAlgorithms.map(digestBytesOf), [32, 48, 64, 32, 48, 64, 32, 48, 64])
})

test('a key id is a safe file name of 1 to 128 characters', async t => {
  for (const keyId of ['a', '0', 'A.b_c-9', 'a'.repeat(128), 'a..b']) t.match(keyId, keyIdPattern)
  for (const keyId of ['', 'a'.repeat(129), '.', '..', '.a', '-a', '_a', 'a/b', 'a\\b', 'a b', 'a\n', 'a\0', 'é', 'a:b']) t.notMatch(keyId, keyIdPattern)
})

test('the frozen records have the same canonical form and the same encryption context', async t => {
  const vectors = readVectors('keys.json')
  t.strictSame(vectors.map(({ record }) => record.origin).sort(), keyOrigins)
  for (const { record, canonical, encryptionContext } of vectors) {
    t.equal(canonicalKeyRecord(record).toString(), canonical)
    t.strictSame(encryptionContextOf(record), encryptionContext)
  }
  const { frozen, made } = frozenAndMade('keys.json')
  t.equal(made, frozen)
})

test('the canonical form does not depend on the order of members and holds no others', async t => {
  const reversed = Object.fromEntries(Object.entries(enclaveRecord).reverse()) as unknown as KeyRecord
  const expected = canonicalKeyRecord(enclaveRecord).toString()
  t.equal(canonicalKeyRecord(reversed).toString(), expected)
  t.equal(canonicalKeyRecord({ ...enclaveRecord, note: 'x' } as KeyRecord).toString(), expected)
  const names = Object.keys(JSON.parse(expected) as object)
  t.strictSame(names, [...names].sort())
  t.equal(names.length, 5)
})

test('two records of different members never share a canonical form', async t => {
  const member = fc.constantFrom('keyId', 'publicKey', 'createdAt')
  fc.assert(fc.property(member, fc.string(), (name, value) => {
    const other = { ...enclaveRecord, [name]: value }
    return value === enclaveRecord[name as 'keyId'] || !canonicalKeyRecord(other).equals(canonicalKeyRecord(enclaveRecord))
  }))
  t.pass('none did')
})

test('a key made in an enclave says so in its encryption context, an imported key does not', async t => {
  t.strictSame(encryptionContextOf(enclaveRecord), {
    'enclave-signer:key-id': 'treasury-1',
    'enclave-signer:key-spec': 'ECC_SECG_P256K1',
    'enclave-signer:origin': 'ENCLAVE',
  })
  t.strictSame(encryptionContextOf(externalRecord), {
    'enclave-signer:key-id': 'release.signing_2',
    'enclave-signer:key-spec': 'ECC_NIST_EDWARDS25519',
  })
})

test('the user data of a key names it by the hash of its public key, and fits in any attestation document', async t => {
  const { createdAt, keyId, keySpec, publicKey } = enclaveRecord
  const publicKeySha256 = createHash('sha256').update(Buffer.from(publicKey, 'base64')).digest('hex')
  const named = `"keyId":"${keyId}","keySpec":"${keySpec}"`
  t.equal(userDataOf(enclaveRecord).toString(), `{"createdAt":"${createdAt}",${named},"origin":"ENCLAVE","publicKeySha256":"${publicKeySha256}"}`)
  t.equal(
    userDataOf({ ...enclaveRecord, origin: 'EXTERNAL' }).toString(), `{${named},"origin":"EXTERNAL","publicKeySha256":"${publicKeySha256}"}`,
    'the time of an import is the parent\'s word and is not attested'
  )
  t.ok(userDataOf({ ...enclaveRecord, keyId: 'k'.repeat(128), keySpec: 'ECC_NIST_EDWARDS25519' }).length <= 400)
})
