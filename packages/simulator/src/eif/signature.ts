import { createPrivateKey, sign, verify, X509Certificate } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

import { decode, encode } from 'cborg'

import { SimulatorError } from '../errors.ts'

/** What a signature section holds. */
export interface EifSignature {
  /** The signing certificate, PEM. */
  readonly certificate: Buffer
  /** COSE_Sign1 over `{register_index: 0, register_value: PCR0}`. */
  readonly coseSign1: Buffer
}

/** COSE algorithms by curve (RFC 9053 section 2.1), with the digest of each. */
const algorithms: Readonly<Record<string, { id: number, digest: string }>> = {
  prime256v1: { id: -7, digest: 'sha256' },
  secp384r1: { id: -35, digest: 'sha384' },
  secp521r1: { id: -36, digest: 'sha512' },
}

/** COSE header label 1: the algorithm (RFC 9052 section 3.1). */
const algorithmLabel = 1

/**
 * The signature section of an image whose PCR0 is given: CBOR of one map whose two byte strings are arrays of integers, as serde
 * writes them.
 *
 * @param pcr0 - 48 bytes.
 * @param certificate - PEM.
 * @param privateKey - PEM of the certificate's key on P-256, P-384 or P-521.
 * @throws SimulatorError `EIF_SIGNING_KEY_INVALID` when the key is of another kind.
 */
export function createSignatureSection (pcr0: Buffer, certificate: Buffer, privateKey: Buffer): Buffer {
  const key = createPrivateKey(privateKey)
  const { id, digest } = algorithmOf(key)
  const protectedHeader = encode(new Map([[algorithmLabel, id]]))
  const payload = encode({ register_index: 0, register_value: [...pcr0] })
  const signature = sign(digest, toBeSigned(protectedHeader, payload), { key, dsaEncoding: 'ieee-p1363' })
  const coseSign1 = encode([protectedHeader, new Map(), payload, signature])
  return Buffer.from(encode([{ signing_certificate: [...certificate], signature: [...coseSign1] }], { mapSorter: keepOrder }))
}

/**
 * Reads a signature section.
 *
 * @throws SimulatorError `EIF_SIGNATURE_INVALID` when it is not CBOR of the expected shape.
 */
export function readSignatureSection (section: Buffer): EifSignature {
  try {
    const [first] = decode(section) as [{ signing_certificate: number[], signature: number[] }]
    return { certificate: Buffer.from(first.signing_certificate), coseSign1: Buffer.from(first.signature) }
  } catch (cause) {
    throw new SimulatorError('EIF_SIGNATURE_INVALID', 'the signature section is not CBOR of the expected shape', { cause })
  }
}

/** Whether the section's signature is its certificate's over this PCR0 (48 bytes). Validity dates are not looked at. */
export function verifyEifSignature ({ certificate, coseSign1 }: EifSignature, pcr0: Buffer): boolean {
  const [protectedHeader, , payload, signature] = decode(coseSign1, { useMaps: true }) as [Uint8Array, unknown, Uint8Array, Uint8Array]
  const key = new X509Certificate(certificate).publicKey
  const { digest } = algorithmOf(key)
  const register = decode(payload) as { register_index: number, register_value: number[] }
  return register.register_index === 0 &&
    pcr0.equals(Buffer.from(register.register_value)) &&
    verify(digest, toBeSigned(protectedHeader, payload), { key, dsaEncoding: 'ieee-p1363' }, signature)
}

function algorithmOf (key: KeyObject): { id: number, digest: string } {
  const algorithm = algorithms[key.asymmetricKeyDetails?.namedCurve ?? '']
  if (!algorithm) throw new SimulatorError('EIF_SIGNING_KEY_INVALID', 'an EIF is signed with a key on P-256, P-384 or P-521')
  return algorithm
}

function toBeSigned (protectedHeader: Uint8Array, payload: Uint8Array): Uint8Array {
  return encode(['Signature1', protectedHeader, new Uint8Array(), payload])
}

/** serde writes a struct's fields in the order of their declaration. */
function keepOrder (): number {
  return 0
}
