import { generateKeyPairSync } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { join } from 'node:path'
import { writeFileSync } from 'node:fs'

import { signingAlgorithmsOf } from '@enclave-signer/protocol'
import type { KeySpec } from '@enclave-signer/protocol'
import { test } from 'tap'

import { awsKms, hasAws } from './fixtures/aws.ts'
import { hasOpenssl, opensslVerifies } from './fixtures/openssl.ts'
import { startService } from './fixtures/service.ts'

const skip = hasAws && hasOpenssl ? false : 'awscli or openssl is not installed'

const generators: Record<KeySpec, () => { privateKey: KeyObject, publicKey: KeyObject }> = {
  ECC_SECG_P256K1: () => generateKeyPairSync('ec', { namedCurve: 'secp256k1' }),
  ECC_NIST_P256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  ECC_NIST_P384: () => generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  ECC_NIST_EDWARDS25519: () => generateKeyPairSync('ed25519'),
  RSA_2048: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  RSA_3072: () => generateKeyPairSync('rsa', { modulusLength: 3072 }),
  RSA_4096: () => generateKeyPairSync('rsa', { modulusLength: 4096 }),
}

test('keys that `aws kms encrypt` sealed', { skip }, async t => {
  const service = await startService()
  t.teardown(async () => { await service.stop() })
  const environment = service.awsEnvironment()

  const encrypt = (privateKey: KeyObject, keyId: string, keySpec: string): string => {
    const file = join(service.dataDir, 'key.der')
    writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'der' }))
    const context = JSON.stringify({ 'enclave-signer:key-id': keyId, 'enclave-signer:key-spec': keySpec })
    const { CiphertextBlob } = awsKms(environment, 'encrypt', '--key-id', environment.KMS_KEY_ARN ?? '', '--plaintext', `fileb://${file}`, '--encryption-context', context)
    return CiphertextBlob as string
  }

  for (const [keySpec, generate] of Object.entries(generators) as [KeySpec, typeof generators[KeySpec]][]) {
    t.test(`a ${keySpec} key is imported and signs as itself`, async t => {
      const { privateKey, publicKey } = generate()
      const keyId = `imported-${keySpec}`
      const { status, body } = await service.post('/keys/import', { keyId, keySpec, ciphertextBlob: encrypt(privateKey, keyId, keySpec) })
      t.match({ status, body }, { status: 201, body: { keyId, keySpec, origin: 'EXTERNAL', publicKey: publicKey.export({ type: 'spki', format: 'pem' }) } })
      const message = Buffer.from('imported')
      const [signingAlgorithm] = signingAlgorithmsOf[keySpec]
      const answer = await service.post('/sign', { keyId, message: message.toString('base64') })
      t.equal(answer.status, 200)
      const signature = Buffer.from(answer.body.signature as string, 'base64')
      t.ok(opensslVerifies({ publicKeyPem: body.publicKey as string, signingAlgorithm, messageType: 'RAW', message, signature }))
    })
  }

  t.test('a ciphertext sealed for another key id, or for another key spec, is refused and nothing is stored', async t => {
    const { privateKey } = generators.ECC_NIST_P256()
    const ciphertextBlob = encrypt(privateKey, 'mine', 'ECC_NIST_P256')
    t.match(await service.post('/keys/import', { keyId: 'yours', keySpec: 'ECC_NIST_P256', ciphertextBlob }), { status: 422, body: { code: 'KMS_INVALID_CIPHERTEXT' } })
    t.match(await service.post('/keys/import', { keyId: 'mine', keySpec: 'ECC_NIST_P384', ciphertextBlob }), { status: 422, body: { code: 'KMS_INVALID_CIPHERTEXT' } })
    t.equal((await service.get('/keys/yours')).status, 404)
    t.equal((await service.get('/keys/mine')).status, 404)
  })

  t.test('a ciphertext that holds no key of the named spec is refused', async t => {
    const { privateKey } = generators.ECC_NIST_P256()
    const ciphertextBlob = encrypt(privateKey, 'mistaken', 'RSA_2048')
    t.match(await service.post('/keys/import', { keyId: 'mistaken', keySpec: 'RSA_2048', ciphertextBlob }), { status: 422, body: { code: 'INVALID_KEY' } })
  })
})
