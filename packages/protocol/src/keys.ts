import { createHash } from 'node:crypto'

/** The words for keys and signatures are KMS's own (KMS API reference: `CreateKey`, `Sign`). */

/** Every key spec this service signs with. */
export const keySpecs = [
  'ECC_SECG_P256K1',
  'ECC_NIST_P256',
  'ECC_NIST_P384',
  'ECC_NIST_EDWARDS25519',
  'RSA_2048',
  'RSA_3072',
  'RSA_4096',
] as const

/** See {@link keySpecs}. */
export type KeySpec = (typeof keySpecs)[number]

/** Every signing algorithm. */
export const signingAlgorithms = [
  'ECDSA_SHA_256',
  'ECDSA_SHA_384',
  'ED25519_SHA_512',
  'RSASSA_PSS_SHA_256',
  'RSASSA_PSS_SHA_384',
  'RSASSA_PSS_SHA_512',
  'RSASSA_PKCS1_V1_5_SHA_256',
  'RSASSA_PKCS1_V1_5_SHA_384',
  'RSASSA_PKCS1_V1_5_SHA_512',
] as const

/** See {@link signingAlgorithms}. */
export type SigningAlgorithm = (typeof signingAlgorithms)[number]

/** `RAW` is hashed by the enclave, always; `DIGEST` is the hash itself. */
export const messageTypes = ['RAW', 'DIGEST'] as const

/** See {@link messageTypes}. */
export type MessageType = (typeof messageTypes)[number]

/** How an ECDSA signature is written: `DER` (RFC 3279) or `P1363` (r‖s). RSA and Ed25519 have one form only. */
export const signatureFormats = ['DER', 'P1363'] as const

/** See {@link signatureFormats}. */
export type SignatureFormat = (typeof signatureFormats)[number]

/** `ENCLAVE`: generated inside; `EXTERNAL`: imported as a KMS ciphertext. */
export const keyOrigins = ['ENCLAVE', 'EXTERNAL'] as const

/** See {@link keyOrigins}. */
export type KeyOrigin = (typeof keyOrigins)[number]

const rsaAlgorithms: readonly SigningAlgorithm[] = signingAlgorithms.filter(name => name.startsWith('RSASSA_'))

/** The signing algorithms of each key spec; the first is the one used when none is asked for. */
export const signingAlgorithmsOf: Readonly<Record<KeySpec, readonly [SigningAlgorithm, ...SigningAlgorithm[]]>> = {
  ECC_SECG_P256K1: ['ECDSA_SHA_256'],
  ECC_NIST_P256: ['ECDSA_SHA_256'],
  ECC_NIST_P384: ['ECDSA_SHA_384'],
  ECC_NIST_EDWARDS25519: ['ED25519_SHA_512'],
  RSA_2048: ['RSASSA_PSS_SHA_256', ...rsaAlgorithms.slice(1)],
  RSA_3072: ['RSASSA_PSS_SHA_256', ...rsaAlgorithms.slice(1)],
  RSA_4096: ['RSASSA_PSS_SHA_256', ...rsaAlgorithms.slice(1)],
}

/** The length of a signing algorithm's digest, in bytes. */
export function digestBytesOf (algorithm: SigningAlgorithm): 32 | 48 | 64 {
  if (algorithm.endsWith('256')) return 32
  return algorithm.endsWith('384') ? 48 : 64
}

/** Names of keys: they are file names and metric labels too. */
export const keyIdPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/

/** What anybody may know of a key. */
export interface KeyRecord {
  keyId: string
  keySpec: KeySpec
  origin: KeyOrigin
  /** SubjectPublicKeyInfo (RFC 5280) in DER, base64. */
  publicKey: string
  /** ISO 8601 in UTC with milliseconds. */
  createdAt: string
}

/** A key made in an enclave: PKCS#8 under AES-256-GCM with a KMS data key; the record is the additional authenticated data. */
export interface EnclaveSealedKey {
  record: KeyRecord & { origin: 'ENCLAVE' }
  /** All base64: the KMS-wrapped data key, 12-byte IV, ciphertext, 16-byte tag. */
  seal: { encryptedDataKey: string, iv: string, ciphertext: string, tag: string }
}

/** An imported key: a KMS ciphertext of PKCS#8 DER. At its import its public key is not known yet. */
export interface ExternalSealedKey {
  record: Omit<KeyRecord, 'origin' | 'publicKey'> & { origin: 'EXTERNAL', publicKey?: string }
  seal: { ciphertextBlob: string }
}

/** What the parent stores: useless outside an enclave that KMS trusts. */
export type SealedKey = EnclaveSealedKey | ExternalSealedKey

/** The record in RFC 8785 canonical JSON, UTF-8: members sorted by name, no white space. */
export function canonicalKeyRecord ({ createdAt, keyId, keySpec, origin, publicKey }: KeyRecord): Buffer {
  return Buffer.from(JSON.stringify({ createdAt, keyId, keySpec, origin, publicKey }))
}

/**
 * What the attestation document of a key says in `user_data`, in RFC 8785 canonical JSON of at most 400 bytes (AWS's text allows 512):
 * id, spec, origin, the SHA-256 of the SPKI in hexadecimal, and the time of creation where the enclave itself knows it.
 */
export function userDataOf ({ createdAt, keyId, keySpec, origin, publicKey }: KeyRecord): Buffer {
  const publicKeySha256 = createHash('sha256').update(publicKey, 'base64').digest('hex')
  const statement = { keyId, keySpec, origin, publicKeySha256 }
  return Buffer.from(JSON.stringify(origin === 'ENCLAVE' ? { createdAt, ...statement } : statement))
}

/**
 * The KMS encryption context a key is sealed under: it binds the ciphertext to the key's name and spec. A key of
 * origin `ENCLAVE` says so there too, so that a key policy can deny `kms:Encrypt` under it to everybody.
 */
export function encryptionContextOf ({ keyId, keySpec, origin }: Pick<KeyRecord, 'keyId' | 'keySpec' | 'origin'>): Record<string, string> {
  const context = { 'enclave-signer:key-id': keyId, 'enclave-signer:key-spec': keySpec }
  return origin === 'ENCLAVE' ? { ...context, 'enclave-signer:origin': origin } : context
}
