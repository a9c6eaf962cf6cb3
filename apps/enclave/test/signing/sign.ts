import { hash, randomBytes } from 'node:crypto'
import { digestBytesOf, EnclaveError, keySpecs, signingAlgorithms, signingAlgorithmsOf } from '@enclave-signer/protocol'
import type { SigningAlgorithm } from '@enclave-signer/protocol'
import { test } from 'tap'
import { openPrivateKey } from '../../src/signing/open-private-key.ts'
import { sign } from '../../src/signing/sign.ts'
import { holds, outsideKey } from '../fixtures/keys.ts'

const formats = ['DER', 'P1363'] as const

function digest (algorithm: SigningAlgorithm, message: Buffer): Buffer {
  return hash(`sha${algorithm.slice(-3)}`, message, 'buffer')
}

for (const keySpec of keySpecs) {
  for (const algorithm of signingAlgorithmsOf[keySpec]) {
    test(`${keySpec} signs ${algorithm} over messages and digests, and node:crypto takes every signature`, async t => {
      const key = await openPrivateKey(outsideKey(keySpec).pkcs8, keySpec)
      t.teardown(() => { key.erase() })
      t.same(key.publicKey, outsideKey(keySpec).spki)
      const rounds = keySpec.startsWith('RSA') ? 3 : 300
      for (let round = 0; round < rounds; round++) {
        const message = randomBytes(round * 13 % 4096 + 1)
        for (const format of formats) {
          const raw = await sign(key, { message, messageType: 'RAW', signingAlgorithm: algorithm, signatureFormat: format })
          if (!holds(key.publicKey, algorithm, message, raw.signature, format)) t.fail(`RAW ${format} round ${round}`)
          if (algorithm === 'ED25519_SHA_512') continue
          const digested = await sign(key, { message: digest(algorithm, message), messageType: 'DIGEST', signingAlgorithm: algorithm, signatureFormat: format })
          if (!holds(key.publicKey, algorithm, message, digested.signature, format)) t.fail(`DIGEST ${format} round ${round}`)
        }
      }
      t.pass('every signature holds')
    })
  }
}

test('a message that looks like a digest is hashed all the same when it is RAW', async t => {
  const key = await openPrivateKey(outsideKey('ECC_NIST_P256').pkcs8, 'ECC_NIST_P256')
  const message = digest('ECDSA_SHA_256', Buffer.from('pay'))
  const { signature } = await sign(key, { message, messageType: 'RAW', signingAlgorithm: 'ECDSA_SHA_256', signatureFormat: 'DER' })
  t.ok(holds(key.publicKey, 'ECDSA_SHA_256', message, signature))
  t.notOk(holds(key.publicKey, 'ECDSA_SHA_256', Buffer.from('pay'), signature))
})

for (const keySpec of keySpecs) {
  test(`${keySpec} refuses every algorithm that is not its own`, async t => {
    const key = await openPrivateKey(outsideKey(keySpec).pkcs8, keySpec)
    for (const algorithm of signingAlgorithms) {
      if (signingAlgorithmsOf[keySpec].includes(algorithm)) continue
      const message = Buffer.alloc(digestBytesOf(algorithm))
      for (const messageType of ['RAW', 'DIGEST'] as const) {
        t.throws(() => sign(key, { message, messageType, signingAlgorithm: algorithm, signatureFormat: 'DER' }),
          { code: 'UNSUPPORTED_ALGORITHM', message: `${algorithm} is not an algorithm of ${keySpec}` })
      }
    }
  })

  if (keySpec === 'ECC_NIST_EDWARDS25519') continue
  test(`${keySpec} refuses a digest of another length than its algorithm's`, async t => {
    const key = await openPrivateKey(outsideKey(keySpec).pkcs8, keySpec)
    for (const algorithm of signingAlgorithmsOf[keySpec]) {
      for (const bytes of [1, 20, 31, 32, 33, 47, 48, 49, 63, 64, 65, 4096]) {
        if (bytes === digestBytesOf(algorithm)) continue
        t.throws(() => sign(key, { message: Buffer.alloc(bytes), messageType: 'DIGEST', signingAlgorithm: algorithm, signatureFormat: 'DER' }),
          { code: 'INVALID_DIGEST_LENGTH', message: `a digest of ${bytes} bytes; ${algorithm} takes ${digestBytesOf(algorithm)}` })
      }
    }
  })
}

test('Ed25519 refuses digests, as KMS does', async t => {
  const key = await openPrivateKey(outsideKey('ECC_NIST_EDWARDS25519').pkcs8, 'ECC_NIST_EDWARDS25519')
  t.throws(() => sign(key, { message: Buffer.alloc(64), messageType: 'DIGEST', signingAlgorithm: 'ED25519_SHA_512', signatureFormat: 'DER' }),
    new EnclaveError('UNSUPPORTED_ALGORITHM', 'ED25519_SHA_512 signs RAW messages only'))
})

test('elliptic curves sign at once, without a promise', async t => {
  for (const keySpec of ['ECC_SECG_P256K1', 'ECC_NIST_P256', 'ECC_NIST_P384', 'ECC_NIST_EDWARDS25519'] as const) {
    const key = await openPrivateKey(outsideKey(keySpec).pkcs8, keySpec)
    const [signingAlgorithm] = signingAlgorithmsOf[keySpec]
    const signature = sign(key, { message: Buffer.from('m'), messageType: 'RAW', signingAlgorithm, signatureFormat: 'DER' })
    t.notOk(signature instanceof Promise, keySpec)
  }
})
