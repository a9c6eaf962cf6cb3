import type { KeySpec, SigningAlgorithm } from '@enclave-signer/protocol'
import { test } from 'tap'
import { openPrivateKey } from '../../src/signing/open-private-key.ts'
import { sign } from '../../src/signing/sign.ts'
import { freshKey } from '../fixtures/keys.ts'

/** The r of 64 signatures under one key: of one message asked for again and again, or of 64 messages. */
async function numbersR (keySpec: KeySpec, signingAlgorithm: SigningAlgorithm, messageOf: (index: number) => string): Promise<Set<string>> {
  const key = await openPrivateKey(freshKey(keySpec).pkcs8, keySpec)
  const numbers = new Set<string>()
  for (let index = 0; index < 64; index++) {
    const message = Buffer.from(messageOf(index))
    const { signature } = await sign(key, { message, messageType: 'RAW', signingAlgorithm, signatureFormat: 'P1363' })
    numbers.add(signature.toString('hex', 0, signature.length / 2))
  }
  key.erase()
  return numbers
}

const curves: Partial<Record<KeySpec, SigningAlgorithm>> = {
  ECC_NIST_P256: 'ECDSA_SHA_256',
  ECC_NIST_P384: 'ECDSA_SHA_384',
  ECC_SECG_P256K1: 'ECDSA_SHA_256',
  ECC_NIST_EDWARDS25519: 'ED25519_SHA_512',
}

for (const [keySpec, algorithm] of Object.entries(curves) as [KeySpec, SigningAlgorithm][]) {
  test(`no two messages are signed with one nonce under a ${keySpec} key`, async t => {
    t.equal((await numbersR(keySpec, algorithm, index => `message ${index}`)).size, 64)
  })
}

for (const keySpec of ['ECC_SECG_P256K1', 'ECC_NIST_EDWARDS25519'] as const) {
  test(`the nonce of a ${keySpec} signature comes from key and message alone`, async t => {
    t.equal((await numbersR(keySpec, curves[keySpec] ?? 'ECDSA_SHA_256', () => 'the same message')).size, 1)
  })
}
