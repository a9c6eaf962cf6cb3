import { generateKeyPairSync } from 'node:crypto'
import { keySpecs } from '@enclave-signer/protocol'
import { test } from 'tap'
import { openPrivateKey } from '../../src/signing/open-private-key.ts'
import { der } from '../fixtures/der.ts'
import { freshKey, outsideKey } from '../fixtures/keys.ts'

for (const keySpec of keySpecs) {
  test(`a ${keySpec} key is refused under every other key spec`, async t => {
    for (const other of keySpecs) {
      if (other === keySpec) continue
      await t.rejects(openPrivateKey(outsideKey(keySpec).pkcs8, other), { code: 'INVALID_KEY', message: `the key is of spec ${keySpec}, not ${other}` })
    }
  })
}

test('PEM is refused with a message that says so', async t => {
  const pem = outsideKey('ECC_NIST_P256').privateKey.export({ format: 'pem', type: 'pkcs8' })
  await t.rejects(openPrivateKey(Buffer.from(pem), 'ECC_NIST_P256'), { code: 'INVALID_KEY', message: 'the key is PEM; PKCS#8 in DER is taken' })
})

test('other bytes, other encodings and other curves are refused', async t => {
  const ec = outsideKey('ECC_NIST_P256')
  const others: Record<string, Buffer> = {
    nothing: Buffer.alloc(0),
    text: Buffer.from('not a key'),
    'SEC 1': ec.privateKey.export({ format: 'der', type: 'sec1' }),
    'PKCS#1': outsideKey('RSA_2048').privateKey.export({ format: 'der', type: 'pkcs1' }),
    SPKI: ec.spki,
    'a byte too many': Buffer.concat([ec.pkcs8, Buffer.alloc(1)]),
    'a byte too few': ec.pkcs8.subarray(0, -1),
    'P-521': generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey.export({ format: 'der', type: 'pkcs8' }),
    X25519: generateKeyPairSync('x25519').privateKey.export({ format: 'der', type: 'pkcs8' }),
    'explicit curve parameters': generateKeyPairSync('ec', { namedCurve: 'P-256', paramEncoding: 'explicit' }).privateKey.export({ format: 'der', type: 'pkcs8' }),
    'RSA of 1024 bits': generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey.export({ format: 'der', type: 'pkcs8' }),
    'RSA-PSS only': generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey.export({ format: 'der', type: 'pkcs8' }),
  }
  for (const [name, bytes] of Object.entries(others)) {
    for (const keySpec of ['ECC_NIST_P256', 'RSA_2048'] as const) {
      await t.rejects(openPrivateKey(bytes, keySpec), { code: 'INVALID_KEY', message: 'not a PKCS#8 private key in DER' }, name)
    }
  }
})

test('a key that carries another key\'s public key is refused before it signs', async t => {
  const pkcs8 = p256WithPublicKey(freshKey('ECC_NIST_P256').pkcs8, freshKey('ECC_NIST_P256').spki)
  await t.rejects(openPrivateKey(pkcs8, 'ECC_NIST_P256'), { code: 'INVALID_KEY', message: 'the parts of the ECC_NIST_P256 key do not belong together' })
})

test('a P-256 key without its public key gets the right one', async t => {
  const { pkcs8, spki } = freshKey('ECC_NIST_P256')
  const key = await openPrivateKey(p256WithPublicKey(pkcs8, undefined), 'ECC_NIST_P256')
  t.same(key.publicKey, spki)
  key.erase()
})

test('private numbers outside the group are refused', async t => {
  for (const curve of ['ECC_NIST_P256', 'ECC_SECG_P256K1'] as const) {
    const { pkcs8 } = freshKey(curve)
    const scalarAt = pkcs8.indexOf(Buffer.from('020101 0420'.replace(' ', ''), 'hex')) + 5
    const zeroed = Buffer.from(pkcs8)
    zeroed.fill(0, scalarAt, scalarAt + 32)
    await t.rejects(openPrivateKey(zeroed, curve), { code: 'INVALID_KEY' }, curve)
    const high = Buffer.from(pkcs8)
    high.fill(0xff, scalarAt, scalarAt + 32)
    await t.rejects(openPrivateKey(high, curve), { code: 'INVALID_KEY' }, curve)
  }
})

test('an RSA key with the exponent 3 is refused', async t => {
  const pkcs8 = generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 }).privateKey.export({ format: 'der', type: 'pkcs8' })
  await t.rejects(openPrivateKey(pkcs8, 'RSA_2048'), { code: 'INVALID_KEY', message: 'the parts of the RSA_2048 key do not belong together' })
})

test('an RSA key whose modulus is not its primes\' product is refused', async t => {
  const { pkcs8 } = outsideKey('RSA_2048')
  for (const at of [60, 150, 250]) {
    const broken = Buffer.from(pkcs8)
    broken.writeUInt8(broken.readUInt8(at) ^ 1, at)
    const outcome = await openPrivateKey(broken, 'RSA_2048').then(() => 'taken', (error: unknown) => (error as { code: string }).code)
    t.equal(outcome, 'INVALID_KEY', `byte ${at}`)
  }
})

/** RFC 5915 ECPrivateKey with the public key of the caller's choice, or none. */
function p256WithPublicKey (pkcs8: Buffer, spki: Buffer | undefined): Buffer {
  const at = pkcs8.indexOf(Buffer.from('0201010420', 'hex'))
  const head = pkcs8.subarray(at, at + 5 + 32)
  const publicKey = spki === undefined ? [] : [der(0xa1, der(0x03, Buffer.from([0]), spki.subarray(-65)))]
  const algorithm = Buffer.from('301306072a8648ce3d020106082a8648ce3d030107', 'hex')
  return der(0x30, Buffer.from('020100', 'hex'), algorithm, der(0x04, der(0x30, head, ...publicKey)))
}

test('curve parameters inside an EC key must be those outside, for OpenSSL would believe the inner ones', async t => {
  const p256 = Buffer.from('06082a8648ce3d030107', 'hex')
  const algorithm = Buffer.from('301306072a8648ce3d020106082a8648ce3d030107', 'hex')
  const keyWith = (curve: Buffer): Buffer => {
    const inner = der(0x30, Buffer.from('020101', 'hex'), der(0x04, Buffer.alloc(32, 0x11)), der(0xa0, curve))
    return der(0x30, Buffer.from('020100', 'hex'), algorithm, der(0x04, inner))
  }
  const key = await openPrivateKey(keyWith(p256), 'ECC_NIST_P256')
  t.ok(key.publicKey.includes(algorithm), 'the control: the same parameters twice are taken')
  key.erase()
  for (const [name, curve] of Object.entries({ secp256k1: '06052b8104000a', brainpoolP256r1: '06092b2403030208010107', nothing: '' })) {
    await t.rejects(openPrivateKey(keyWith(Buffer.from(curve, 'hex')), 'ECC_NIST_P256'), { code: 'INVALID_KEY' }, name)
  }
})
