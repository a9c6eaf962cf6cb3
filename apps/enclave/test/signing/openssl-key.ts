import { hash, randomBytes, sign as nodeSign } from 'node:crypto'
import { test } from 'tap'
import { openOpensslKey } from '../../src/signing/openssl-key.ts'
import { freshKey, holds, outsideKey } from '../fixtures/keys.ts'

const message = Buffer.from('message')
const sha256 = hash('sha256', message, 'buffer')

test('OpenSSL\'s public key of a key is the one node:crypto derives', async t => {
  for (const keySpec of ['ECC_NIST_P256', 'ECC_NIST_P384', 'ECC_NIST_EDWARDS25519', 'RSA_2048'] as const) {
    const key = openOpensslKey(outsideKey(keySpec).pkcs8, keySpec)
    t.same(key.publicKey, outsideKey(keySpec).spki, keySpec)
    key.erase()
  }
})

test('bytes that OpenSSL takes for no key are refused, and leave nothing in its error queue', async t => {
  t.throws(() => openOpensslKey(Buffer.from('3000', 'hex'), 'ECC_NIST_P256'), { name: 'OpensslError', message: 'OpenSSL: d2i_AutoPrivateKey failed' })
  t.doesNotThrow(() => nodeSign('sha256', message, outsideKey('ECC_NIST_P256').privateKey))
})

test('the key is a copy: erasing the caller\'s PKCS#8 leaves it whole', async t => {
  const { pkcs8, spki } = freshKey('ECC_NIST_P256')
  const key = openOpensslKey(pkcs8, 'ECC_NIST_P256')
  pkcs8.fill(0)
  const { signature } = await key.sign({ bytes: sha256, algorithm: 'ECDSA_SHA_256', format: 'DER' })
  t.ok(holds(spki, 'ECDSA_SHA_256', message, signature))
  key.erase()
})

test('an erased key signs nothing more, and erasing it again does nothing', async t => {
  for (const keySpec of ['ECC_NIST_P256', 'ECC_NIST_EDWARDS25519', 'RSA_2048'] as const) {
    const key = openOpensslKey(outsideKey(keySpec).pkcs8, keySpec)
    key.erase()
    key.erase()
    t.throws(() => key.sign({ bytes: sha256, algorithm: 'ECDSA_SHA_256', format: 'DER' }), { code: 'KEY_NOT_LOADED', message: 'the key has been erased' })
  }
})

test('a hundred RSA signatures run at once, each over its own digest', async t => {
  const key = openOpensslKey(outsideKey('RSA_2048').pkcs8, 'RSA_2048')
  const results = await Promise.all(Array.from({ length: 100 }, async (_, index) => {
    const own = randomBytes(index + 1)
    const algorithm = index % 2 === 0 ? 'RSASSA_PSS_SHA_384' : 'RSASSA_PKCS1_V1_5_SHA_384'
    const { signature } = await key.sign({ bytes: hash('sha384', own, 'buffer'), algorithm, format: 'DER' })
    return holds(key.publicKey, algorithm, own, signature)
  }))
  t.equal(results.filter(Boolean).length, 100)
  key.erase()
})

test('RSA signatures that run or wait when their key is erased are finished with it', async t => {
  for (let round = 0; round < 5; round++) {
    const key = openOpensslKey(outsideKey('RSA_2048').pkcs8, 'RSA_2048')
    const input = { bytes: sha256, algorithm: 'RSASSA_PSS_SHA_256', format: 'DER' } as const
    const running = Array.from({ length: 30 }, async () => await key.sign(input))
    key.erase()
    for (const { signature } of await Promise.all(running)) {
      if (!holds(key.publicKey, input.algorithm, message, signature)) t.fail('a signature does not hold')
    }
  }
  t.pass()
})

test('an RSA key signs off the event loop', async t => {
  const key = openOpensslKey(outsideKey('RSA_2048').pkcs8, 'RSA_2048')
  const order: string[] = []
  const signing = Promise.resolve(key.sign({ bytes: sha256, algorithm: 'RSASSA_PSS_SHA_256', format: 'DER' })).then(() => order.push('signed'))
  order.push('went on')
  await signing
  t.same(order, ['went on', 'signed'])
  key.erase()
})

test('a signature that cannot be made is an error, and the next one is made', async t => {
  const p256 = openOpensslKey(outsideKey('ECC_NIST_P256').pkcs8, 'ECC_NIST_P256')
  t.throws(() => p256.sign({ bytes: Buffer.alloc(31), algorithm: 'ECDSA_SHA_256', format: 'DER' }), { message: 'OpenSSL: EVP_PKEY_sign failed' })
  const { signature } = await p256.sign({ bytes: sha256, algorithm: 'ECDSA_SHA_256', format: 'DER' })
  t.ok(holds(p256.publicKey, 'ECDSA_SHA_256', message, signature))
  const rsa = openOpensslKey(outsideKey('RSA_2048').pkcs8, 'RSA_2048')
  await t.rejects(async () => await rsa.sign({ bytes: Buffer.alloc(31), algorithm: 'RSASSA_PSS_SHA_256', format: 'DER' }), { message: 'OpenSSL: EVP_PKEY_sign failed' })
})
