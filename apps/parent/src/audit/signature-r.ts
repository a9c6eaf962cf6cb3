import type { KeySpec, SignatureFormat } from '@enclave-signer/protocol'

/** Bytes of r in each kind of ECDSA signature. */
const bytesOfR: Partial<Record<KeySpec, number>> = { ECC_SECG_P256K1: 32, ECC_NIST_P256: 32, ECC_NIST_P384: 48 }

/** What is known of how a signature is written. */
export interface SignatureKind {
  readonly keySpec: KeySpec | undefined
  readonly signatureFormat: SignatureFormat | undefined
}

/**
 * The r of an ECDSA signature (base64) in hexadecimal, with all its digits; undefined for other signatures. Anybody can write the same
 * signature in another format, or with n − s in the place of s; r stays.
 */
export function signatureR (signature: string, { keySpec, signatureFormat }: SignatureKind): string | undefined {
  const length = keySpec === undefined ? undefined : bytesOfR[keySpec]
  if (length === undefined) return undefined
  const bytes = Buffer.from(signature, 'base64')
  const r = signatureFormat === 'P1363' ? bytes.subarray(0, length) : firstInteger(bytes)
  return r.toString('hex').replace(/^(?:00)+/, '').padStart(2 * length, '0')
}

/** Of a DER sequence (X.690 section 8.1) with fewer than 128 bytes, as the signatures of these curves have. */
function firstInteger (sequence: Buffer): Buffer {
  return sequence.subarray(4, 4 + (sequence[3] ?? 0))
}
