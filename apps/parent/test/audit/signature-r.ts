import { generateKeyPairSync, sign } from 'node:crypto'

import { test } from 'tap'

import { signatureR } from '../../src/audit/signature-r.ts'

const curves = [['ECC_SECG_P256K1', 'secp256k1', 32], ['ECC_NIST_P256', 'P-256', 32], ['ECC_NIST_P384', 'P-384', 48]] as const

for (const [keySpec, namedCurve, bytes] of curves) {
  test(`the r of a ${keySpec} signature is the same in both formats, with all its digits`, async t => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve })
    for (let index = 0; index < 600; index++) {
      const plain = sign('sha256', Buffer.from(`${index}`), { key: privateKey, dsaEncoding: 'ieee-p1363' })
      const r = plain.toString('hex', 0, bytes)
      const from = (signature: Buffer, signatureFormat: 'DER' | 'P1363'): string | undefined => signatureR(signature.toString('base64'), { keySpec, signatureFormat })
      const same = from(plain, 'P1363') === r && from(derOf(plain), 'DER') === r
      if (!same) t.fail(plain.toString('hex'))
      else if (index === 599) t.pass('600 signatures')
    }
  })
}

test('a signature that is not ECDSA has none', async t => {
  for (const keySpec of ['RSA_2048', 'ECC_NIST_EDWARDS25519'] as const) t.equal(signatureR('AAAA', { keySpec, signatureFormat: 'DER' }), undefined)
  t.equal(signatureR('AAAA', { keySpec: undefined, signatureFormat: 'DER' }), undefined)
})

/** r‖s as X.690 writes two integers. */
function derOf (plain: Buffer): Buffer {
  const half = plain.length / 2
  const integer = (bytes: Buffer): Buffer => {
    const significant = Buffer.from(bytes.toString('hex').replace(/^(?:00)+/, '').padStart(2, '0'), 'hex')
    const content = significant.readUInt8(0) >= 0x80 ? Buffer.concat([Buffer.of(0), significant]) : significant
    return Buffer.concat([Buffer.of(2, content.length), content])
  }
  const body = Buffer.concat([integer(plain.subarray(0, half)), integer(plain.subarray(half))])
  return Buffer.concat([Buffer.of(0x30, body.length), body])
}
