import type { KeySpec } from '@enclave-signer/protocol'
import { asn1Tags, readAsn1 } from '../asn1.ts'
import type { Asn1Element } from '../asn1.ts'

/** The AlgorithmIdentifier of each kind of key, in DER (RFC 5480, RFC 8410, RFC 8017, SEC 2). */
const algorithmIdentifiers: Readonly<Record<string, KeySpec | 'RSA'>> = {
  '301006072a8648ce3d020106052b8104000a': 'ECC_SECG_P256K1',
  '301306072a8648ce3d020106082a8648ce3d030107': 'ECC_NIST_P256',
  '301006072a8648ce3d020106052b81040022': 'ECC_NIST_P384',
  '300506032b6570': 'ECC_NIST_EDWARDS25519',
  '300d06092a864886f70d0101010500': 'RSA',
}

const rsaSpecs: Readonly<Record<number, KeySpec>> = { 2048: 'RSA_2048', 3072: 'RSA_3072', 4096: 'RSA_4096' }

/** Length of an elliptic curve's private key, in bytes. */
const scalarBytes: Readonly<Partial<Record<KeySpec, number>>> = { ECC_SECG_P256K1: 32, ECC_NIST_P256: 32, ECC_NIST_P384: 48 }
const ed25519SeedBytes = 32

/** A private key's kind and, in memory shared with the PKCS#8 it was read from, its secret number. */
export interface Pkcs8Key {
  readonly keySpec: KeySpec
  /** The scalar of an elliptic curve key, the seed of Ed25519, the whole RSAPrivateKey of RSA. */
  readonly secret: Buffer
}

/**
 * Reads a PKCS#8 PrivateKeyInfo (RFC 5208, RFC 5958) in DER and says which key spec it is, from the key itself.
 *
 * @throws Asn1Error or Error when the bytes are no such key of a supported key spec. The message holds no key data.
 */
export function readPkcs8 (der: Buffer): Pkcs8Key {
  const { tag, children: [version, algorithm, privateKey] } = readAsn1(der, 'DER')
  if (tag !== asn1Tags.sequence || version?.tag !== asn1Tags.integer || version.content.length !== 1) throw new Error('not PKCS#8')
  if (algorithm?.tag !== asn1Tags.sequence || privateKey?.tag !== asn1Tags.octetString) throw new Error('not PKCS#8')
  const kind = algorithmIdentifiers[algorithm.encoding.toString('hex')]
  if (kind === undefined) throw new Error('a key of an unsupported kind')
  const inner = readAsn1(privateKey.content, 'DER')
  if (kind === 'RSA') return { keySpec: rsaSpecOf(inner), secret: privateKey.content }
  return { keySpec: kind, secret: kind === 'ECC_NIST_EDWARDS25519' ? seedOf(inner) : scalarOf(inner, kind, algorithm) }
}

/** RFC 8017 RSAPrivateKey: version 0 (two primes), then modulus and seven more numbers. */
function rsaSpecOf ({ tag, children }: Asn1Element): KeySpec {
  const modulus = children[1]?.content
  const numbersOnly = children.every(child => child.tag === asn1Tags.integer)
  if (tag !== asn1Tags.sequence || children.length !== 9 || !numbersOnly || modulus === undefined) throw new Error('not an RSA private key')
  const keySpec = rsaSpecs[bitLength(modulus)]
  if (keySpec === undefined) throw new Error(`an RSA key of ${bitLength(modulus)} bits`)
  return keySpec
}

/**
 * RFC 5915 ECPrivateKey: version 1, the scalar, and what may follow. Curve parameters in here must be those outside: OpenSSL would
 * otherwise take them for the key's.
 */
function scalarOf ({ tag, children: [version, scalar, ...rest] }: Asn1Element, keySpec: KeySpec, algorithm: Asn1Element): Buffer {
  if (tag !== asn1Tags.sequence || version?.tag !== asn1Tags.integer) throw new Error('not an EC private key')
  if (scalar?.tag !== asn1Tags.octetString || scalar.content.length !== scalarBytes[keySpec]) throw new Error('another length')
  const [, curve] = algorithm.children
  const parameters = rest.filter(element => element.tag === asn1Tags.context0Constructed)
  if (parameters.some(({ content }) => curve?.encoding.equals(content) !== true)) throw new Error('other curve parameters inside')
  return scalar.content
}

/** RFC 8410 CurvePrivateKey. */
function seedOf ({ tag, content }: Asn1Element): Buffer {
  if (tag !== asn1Tags.octetString || content.length !== ed25519SeedBytes) throw new Error('not an Ed25519 private key')
  return content
}

function bitLength (integer: Buffer): number {
  const leadingZeros = integer.findIndex(byte => byte !== 0)
  if (leadingZeros === -1) return 0
  return (integer.length - leadingZeros) * 8 - (Math.clz32(integer[leadingZeros] ?? 0) - 24)
}

/** Whether a SubjectPublicKeyInfo in DER is of the kind that a key spec names: the curve, Ed25519, or RSA. */
export function isPublicKeyOf (keySpec: KeySpec, spki: Buffer): boolean {
  const [algorithm] = readAsn1(spki, 'DER').children
  const kind = algorithmIdentifiers[algorithm?.encoding.toString('hex') ?? '']
  return kind === (keySpec.startsWith('RSA_') ? 'RSA' : keySpec)
}
