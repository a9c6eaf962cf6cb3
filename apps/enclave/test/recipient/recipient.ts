import { createCipheriv, createHash, createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import fc from 'fast-check'
import { test } from 'tap'
import { createRecipient, recipientOf } from '../../src/recipient/recipient.ts'
import type { Recipient } from '../../src/recipient/recipient.ts'
import { encryptToRecipient, rsaesOaepSha256 } from '../fixtures/cms.ts'
import type { CmsParts } from '../fixtures/cms.ts'
import { der, hex, indefinite } from '../fixtures/der.ts'
import { PlainNsm, readPlainDocument } from '../fixtures/nsm.ts'
import { readJsonVector, readVector, withVectors } from '../fixtures/vectors.ts'

const refused = { code: 'KMS_ANSWER_INVALID', message: 'CiphertextForRecipient is not a message to this enclave' }
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const spki = publicKey.export({ format: 'der', type: 'spki' })
const recipient = recipientFor(privateKey)

function recipientFor (key: KeyObject): Recipient {
  return recipientOf(key, createPublicKey(key).export({ format: 'der', type: 'spki' }), new PlainNsm())
}

test('every sample of KMS whose key is known is opened to the plaintext it was made of', withVectors, async t => {
  const vectors = (readJsonVector('cms/MANIFEST.json') as { name: string, plaintext_hex?: string }[])
    .filter(({ plaintext_hex: plaintext }) => plaintext !== undefined)
  t.equal(vectors.length, 2)
  for (const { name, plaintext_hex: plaintext } of vectors) {
    const opener = recipientFor(createPrivateKey(readVector(`cms/${name}.key.pem`)))
    t.equal(opener.open(readVector(`cms/${name}.ber`)).toString('hex'), plaintext, name)
  }
})

test('a new recipient opens what is encrypted to the public key it attests, and nobody else does', async t => {
  const nsm = new PlainNsm()
  const created = await createRecipient(nsm)
  const document = readPlainDocument(await created.attest())
  const attested = Buffer.from(document.publicKey ?? '', 'base64')
  t.match(createPublicKey({ key: attested, format: 'der', type: 'spki' }).asymmetricKeyDetails, { modulusLength: 2048, publicExponent: 65537n })
  t.same([document.nonce, document.userData], [null, null])
  const cms = encryptToRecipient(attested, Buffer.from('plain'))
  t.same(created.open(cms), Buffer.from('plain'))
  t.throws(() => recipient.open(cms), refused)
})

test('contents of every length up to a long key are opened', async t => {
  for (const bytes of [0, 1, 15, 16, 17, 32, 2400]) {
    const plaintext = randomBytes(bytes)
    t.same(recipient.open(encryptToRecipient(spki, plaintext)), plaintext)
  }
})

const octets: Record<string, CmsParts['encryptedContent']> = {
  'one primitive [0]': ciphertext => der(0x80, ciphertext),
  'two octet strings': ciphertext => indefinite(0xa0, der(0x04, ciphertext.subarray(0, 5)), der(0x04, ciphertext.subarray(5))),
  'octet strings of definite length': ciphertext => der(0xa0, der(0x04, ciphertext)),
  'octet strings inside octet strings': ciphertext => indefinite(0xa0, indefinite(0x24, der(0x04, ciphertext.subarray(0, 1)), der(0x04, ciphertext.subarray(1)))),
}

for (const [name, encryptedContent] of Object.entries(octets)) {
  test(`content in ${name} is opened`, async t => {
    t.same(recipient.open(encryptToRecipient(spki, Buffer.from('content'), { encryptedContent })), Buffer.from('content'))
  })
}

const noPadding: CmsParts['encrypt'] = (key, iv, plaintext) => {
  const cipher = createCipheriv('aes-256-cbc', key, iv).setAutoPadding(false)
  return Buffer.concat([cipher.update(plaintext), cipher.final()])
}
const swapOid = (from: string, to: string): Buffer => Buffer.from(rsaesOaepSha256.toString('hex').replace(from, to), 'hex')
const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'der', type: 'spki' })

const faults: Record<string, Partial<CmsParts>> = {
  'another content type': { envelopedDataOid: hex('06092a864886f70d010702') },
  'EnvelopedData version 0': { version: hex('020100') },
  'recipient version 0': { recipientVersion: hex('020100') },
  'no recipient': { recipients: () => der(0x31) },
  'two recipients': { recipients: one => der(0x31, one, one) },
  'another recipient\'s key identifier': { keyIdentifier: createHash('sha256').update(other).digest() },
  'a short key identifier': { keyIdentifier: createHash('sha256').update(spki).digest().subarray(0, 20) },
  'PKCS #1 v1.5 named': { keyAlgorithm: der(0x30, hex('06092a864886f70d010101'), hex('0500')) },
  'OAEP with its default SHA-1 named': { keyAlgorithm: der(0x30, hex('06092a864886f70d010107'), hex('3000')), oaepHash: 'sha1' },
  'OAEP under SHA-1 though SHA-256 is named': { oaepHash: 'sha1' },
  'OAEP hash SHA-512 named': { keyAlgorithm: swapOid('608648016503040201', '608648016503040203') },
  'MGF1 over SHA-1 named': { keyAlgorithm: der(0x30, hex('06092a864886f70d010107'), hex('3029a00f300d06096086480165030402010500a116301406092a864886f70d010108300706052b0e03021a')) },
  'a content key of 16 bytes': { contentKey: randomBytes(16), encrypt: () => randomBytes(16) },
  'another inner content type': { dataOid: hex('06092a864886f70d010702') },
  'AES-128-CBC named': { contentAlgorithmOid: hex('0609608648016503040102') },
  'AES-256-GCM named': { contentAlgorithmOid: hex('060960864801650304012e') },
  'an IV of 12 bytes': { iv: randomBytes(12), encrypt: () => randomBytes(16) },
  'content that is not whole blocks': { encrypt: () => randomBytes(17) },
  'no content': { encrypt: () => Buffer.alloc(0) },
  'bad padding': { encrypt: (key, iv) => noPadding(key, iv, Buffer.alloc(16, 0)) },
  'padding of 17': { encrypt: (key, iv) => noPadding(key, iv, Buffer.alloc(32, 17)) },
  'a piece that is no octet string': { encryptedContent: ciphertext => indefinite(0xa0, der(0x02, ciphertext)) },
}

for (const [name, wrong] of Object.entries(faults)) {
  test(`a CMS with ${name} is refused with the one error there is`, async t => {
    const plaintext = Buffer.alloc(32, 1)
    t.throws(() => recipient.open(encryptToRecipient(spki, plaintext, wrong)), refused)
    t.same(recipient.open(encryptToRecipient(spki, plaintext)), plaintext, 'and is taken without that fault')
  })
}

test('a byte before, after, or missing from a CMS is refused', async t => {
  const cms = encryptToRecipient(spki, Buffer.from('content'))
  const zero = Buffer.alloc(1)
  for (const bytes of [Buffer.concat([cms, zero]), Buffer.concat([zero, cms]), cms.subarray(0, -1), cms.subarray(1), Buffer.alloc(0)]) {
    t.throws(() => recipient.open(bytes), refused)
  }
})

test('a CMS longer than KMS sends is refused unread', async t => {
  t.throws(() => recipient.open(encryptToRecipient(spki, Buffer.alloc(6144))), refused)
})

test('every refusal is the same: it carries no reason that could be told to anybody', async t => {
  for (const wrong of Object.values(faults)) {
    try {
      recipient.open(encryptToRecipient(spki, Buffer.alloc(32, 1), wrong))
      t.fail('taken')
    } catch (error) {
      t.equal((error as Error).cause, undefined)
    }
  }
})

test('a CMS bomb ends in a refusal: random bytes, changed bytes, cut bytes, announced gigabytes', async t => {
  const cms = encryptToRecipient(spki, Buffer.from('content'))
  const changed = fc.array(fc.tuple(fc.nat(cms.length - 1), fc.nat(255)), { minLength: 1, maxLength: 5 })
  const refusedOrOpened = (bytes: Buffer): boolean => {
    try {
      return recipient.open(bytes).length <= 16
    } catch (error) {
      return (error as { code?: string }).code === 'KMS_ANSWER_INVALID'
    }
  }
  fc.assert(fc.property(changed, changes => {
    const bytes = Buffer.from(cms)
    for (const [at, value] of changes) bytes[at] = value
    return refusedOrOpened(bytes)
  }), { numRuns: 500 })
  fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), bytes => refusedOrOpened(Buffer.from(bytes))), { numRuns: 1000 })
  for (let end = 0; end < cms.length; end++) if (!refusedOrOpened(cms.subarray(0, end))) t.fail(`cut at ${end}`)
  t.throws(() => recipient.open(Buffer.concat([hex('3084ffffffff'), cms])), refused)
  t.throws(() => recipient.open(Buffer.from('a080'.repeat(3000), 'hex')), refused)
})
