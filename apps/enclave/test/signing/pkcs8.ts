import fc from 'fast-check'
import { keySpecs } from '@enclave-signer/protocol'
import { test } from 'tap'
import { readPkcs8 } from '../../src/signing/pkcs8.ts'
import { outsideKey } from '../fixtures/keys.ts'

for (const keySpec of keySpecs) {
  test(`the key spec ${keySpec} is read from the key itself`, async t => {
    t.equal(readPkcs8(outsideKey(keySpec).pkcs8).keySpec, keySpec)
  })
}

test('the secret of an elliptic curve key is its scalar or seed', async t => {
  for (const keySpec of ['ECC_SECG_P256K1', 'ECC_NIST_P256', 'ECC_NIST_P384', 'ECC_NIST_EDWARDS25519'] as const) {
    const { d } = outsideKey(keySpec).privateKey.export({ format: 'jwk' })
    t.equal(readPkcs8(outsideKey(keySpec).pkcs8).secret.toString('base64url'), d, keySpec)
  }
})

test('no bytes make the PKCS#8 reader do anything but read or refuse', async t => {
  const samples = keySpecs.map(keySpec => outsideKey(keySpec).pkcs8)
  const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 })
  fc.assert(fc.property(fc.constantFrom(...samples), changes, fc.nat(), (sample, changes, cut) => {
    const bytes = Buffer.from(sample.subarray(0, cut % 3 === 0 ? cut % sample.length : sample.length))
    for (const [at, value] of changes) bytes[at % Math.max(1, bytes.length)] = value
    try {
      return keySpecs.includes(readPkcs8(bytes).keySpec)
    } catch (error) {
      return error instanceof Error && !(error instanceof TypeError) && !(error instanceof RangeError)
    }
  }), { numRuns: 2000 })
  t.pass()
})
