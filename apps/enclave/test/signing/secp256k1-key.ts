import { createECDH, hash, randomBytes } from 'node:crypto'
import { test } from 'tap'
import type { Signature } from '../../src/signing/private-key.ts'
import { blindSecp256k1, openSecp256k1Key } from '../../src/signing/secp256k1-key.ts'
import { holds } from '../fixtures/keys.ts'

const order = BigInt('0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141')

/** Published vectors of deterministic ECDSA on secp256k1 (RFC 6979 with SHA-256, low S), from Bitcoin's wallets. */
const vectors = [
  {
    scalar: '0000000000000000000000000000000000000000000000000000000000000001',
    message: 'Satoshi Nakamoto',
    signature: '934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d8' +
      '2442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5',
  },
  {
    scalar: '0000000000000000000000000000000000000000000000000000000000000001',
    message: 'All those moments will be lost in time, like tears in rain. Time to die...',
    signature: '8600dbd41e348fe5c9465ab92d23e3db8b98b873beecd930736488696438cb6b' +
      '547fe64427496db33bf66019dacbf0039c04199abb0122918601db38a72cfc21',
  },
  {
    scalar: 'fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140',
    message: 'Satoshi Nakamoto',
    signature: 'fd567d121db66e382991534ada77a6bd3106f0a1098c231e47993447cd6af2d0' +
      '6b39cd0eb1bc8603e159ef5c20a5c8ad685a45b06ce9bebed3f153d10d93bed5',
  },
  {
    scalar: 'f8b8af8ce3c7cca5e300d33939540c10d45ce001b8f252bfbc57ba0342904181',
    message: 'Alan Turing',
    signature: '7063ae83e7f62bbb171798131b4a0564b956930092b33b07b395615d9ec7e15c' +
      '58dfcc1e00a35e1572f366ffe34ba0fc47db1e7189759b9fb233c5b05ab388ea',
  },
]

function signDigest (scalar: Buffer, digest: Buffer, format: 'DER' | 'P1363' = 'P1363'): Signature {
  const key = openSecp256k1Key(scalar)
  const signature = key.sign({ bytes: digest, algorithm: 'ECDSA_SHA_256', format })
  key.erase()
  return signature as Signature
}

function sha256 (text: string): Buffer {
  return hash('sha256', text, 'buffer')
}

for (const { scalar, message, signature } of vectors) {
  test(`secp256k1 signs "${message.slice(0, 16)}" with ${scalar.slice(-4)} as the published RFC 6979 vector says`, async t => {
    t.equal(signDigest(Buffer.from(scalar, 'hex'), sha256(message)).signature.toString('hex'), signature)
  })
}

test('blinding changes no signature', async t => {
  const digest = sha256('blind')
  const scalar = randomBytes(32)
  const before = signDigest(scalar, digest).signature
  blindSecp256k1(randomBytes(32))
  t.same(signDigest(scalar, digest).signature, before)
})

test('every secp256k1 signature has a low S and a recovery id of 0 or 1, and is the same when made again', async t => {
  for (let round = 0; round < 500; round++) {
    const digest = randomBytes(32)
    const scalar = randomBytes(32)
    const { signature, recoveryId } = signDigest(scalar, digest)
    const s = BigInt(`0x${signature.subarray(32).toString('hex')}`)
    if (s > order / 2n) t.fail(`a high S in round ${round}`)
    if (recoveryId !== 0 && recoveryId !== 1) t.fail(`recovery id in round ${round}`)
    if (!signDigest(scalar, digest).signature.equals(signature)) t.fail(`another signature in round ${round}`)
  }
  t.pass()
})

test('the recovery id leads back to the public key, by arithmetic of this test alone', async t => {
  for (let round = 0; round < 20; round++) {
    const scalar = randomBytes(32)
    const digest = randomBytes(32)
    const { signature, recoveryId } = signDigest(scalar, digest)
    const ecdh = createECDH('secp256k1')
    ecdh.setPrivateKey(scalar)
    t.equal(recover(signature, recoveryId ?? 0, digest), ecdh.getPublicKey('hex').slice(2))
  }
})

test('the public key is the SubjectPublicKeyInfo of the point', async t => {
  const scalar = randomBytes(32)
  const key = openSecp256k1Key(scalar)
  const message = Buffer.from('m')
  const { signature } = await key.sign({ bytes: hash('sha256', message, 'buffer'), algorithm: 'ECDSA_SHA_256', format: 'DER' })
  t.ok(holds(key.publicKey, 'ECDSA_SHA_256', message, signature))
})

test('a number outside the group is no secp256k1 key', async t => {
  for (const scalar of [0n, order, order + 1n, 2n ** 256n - 1n]) {
    const bytes = Buffer.from(scalar.toString(16).padStart(64, '0'), 'hex')
    t.throws(() => openSecp256k1Key(bytes), { message: 'a private key outside the group' })
  }
})

test('an erased secp256k1 key signs nothing more', async t => {
  const key = openSecp256k1Key(randomBytes(32))
  key.erase()
  t.throws(() => key.sign({ bytes: Buffer.alloc(32), algorithm: 'ECDSA_SHA_256', format: 'DER' }), { code: 'KEY_NOT_LOADED' })
})

test('the key is a copy: erasing the caller\'s bytes leaves it whole', async t => {
  const scalar = Buffer.from(vectors[0]?.scalar ?? '', 'hex')
  const key = openSecp256k1Key(scalar)
  scalar.fill(0)
  const { signature } = await key.sign({ bytes: sha256('Satoshi Nakamoto'), algorithm: 'ECDSA_SHA_256', format: 'P1363' })
  t.equal(signature.toString('hex'), vectors[0]?.signature)
})

// SEC 1 section 4.1.6, in plain affine arithmetic.
const p = 2n ** 256n - 2n ** 32n - 977n
type Point = [bigint, bigint] | undefined
const g: Point = [
  BigInt('0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798'),
  BigInt('0x483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8'),
]

function recover (signature: Buffer, recoveryId: number, digest: Buffer): string {
  const r = BigInt(`0x${signature.subarray(0, 32).toString('hex')}`)
  const s = BigInt(`0x${signature.subarray(32).toString('hex')}`)
  const root = power(r ** 3n + 7n, (p + 1n) / 4n, p)
  const y = root % 2n === BigInt(recoveryId) ? root : p - root
  const e = BigInt(`0x${digest.toString('hex')}`)
  const inverse = power(r, order - 2n, order)
  const point = add(multiply([r, y], s * inverse), multiply(g, (order - e % order) * inverse))
  return (point ?? []).map(number => number.toString(16).padStart(64, '0')).join('')
}

function multiply (point: Point, factor: bigint): Point {
  let sum: Point
  let doubled = point
  for (let rest = factor % order; rest > 0n; rest >>= 1n) {
    if (rest & 1n) sum = add(sum, doubled)
    doubled = add(doubled, doubled)
  }
  return sum
}

function add (a: Point, b: Point): Point {
  if (a === undefined) return b
  if (b === undefined) return a
  if (a[0] === b[0] && a[1] !== b[1]) return undefined
  const slope = a[0] === b[0]
    ? 3n * a[0] * a[0] * power(2n * a[1], p - 2n, p)
    : (b[1] - a[1]) * power(mod(b[0] - a[0]), p - 2n, p)
  const x = mod(slope * slope - a[0] - b[0])
  return [x, mod(slope * (a[0] - x) - a[1])]
}

function mod (number: bigint): bigint {
  return ((number % p) + p) % p
}

function power (base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n
  let square = ((base % modulus) + modulus) % modulus
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = result * square % modulus
    square = square * square % modulus
  }
  return result
}
