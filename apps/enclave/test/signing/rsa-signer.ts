import { constants, createPublicKey, hash, verify } from 'node:crypto'
import { test } from 'tap'
import { openOpensslKey } from '../../src/signing/openssl-key.ts'
import { outsideKey } from '../fixtures/keys.ts'

const message = Buffer.from('message')

test('the salt of a PSS signature is as long as the digest, as KMS makes it', async t => {
  const key = openOpensslKey(outsideKey('RSA_2048').pkcs8, 'RSA_2048')
  const publicKey = createPublicKey({ key: key.publicKey, format: 'der', type: 'spki' })
  for (const [bits, saltLength] of [[256, 32], [384, 48], [512, 64]] as const) {
    const name = `sha${bits}`
    const { signature } = await key.sign({ bytes: hash(name, message, 'buffer'), algorithm: `RSASSA_PSS_SHA_${bits}`, format: 'DER' })
    const padding = constants.RSA_PKCS1_PSS_PADDING
    t.ok(verify(name, message, { key: publicKey, padding, saltLength }, signature), name)
    t.notOk(verify(name, message, { key: publicKey, padding, saltLength: saltLength - 1 }, signature), name)
  }
})

test('a signature is as long as the modulus, whatever the format asked for', async t => {
  for (const [keySpec, bytes] of [['RSA_2048', 256], ['RSA_3072', 384], ['RSA_4096', 512]] as const) {
    const key = openOpensslKey(outsideKey(keySpec).pkcs8, keySpec)
    for (const format of ['DER', 'P1363'] as const) {
      const { signature } = await key.sign({ bytes: hash('sha256', message, 'buffer'), algorithm: 'RSASSA_PKCS1_V1_5_SHA_256', format })
      t.equal(signature.length, bytes)
    }
    key.erase()
  }
})

test('PSS and PKCS #1 signatures do not pass for one another', async t => {
  const key = openOpensslKey(outsideKey('RSA_2048').pkcs8, 'RSA_2048')
  const publicKey = createPublicKey({ key: key.publicKey, format: 'der', type: 'spki' })
  const { signature } = await key.sign({ bytes: hash('sha256', message, 'buffer'), algorithm: 'RSASSA_PSS_SHA_256', format: 'DER' })
  t.notOk(verify('sha256', message, publicKey, signature))
})
