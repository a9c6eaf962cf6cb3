import type { KeySpec, SignatureFormat, SigningAlgorithm } from '@enclave-signer/protocol'

/** What is signed: for Ed25519 the message itself, for every other algorithm a digest of that algorithm's length. */
export interface SigningInput {
  readonly bytes: Buffer
  readonly algorithm: SigningAlgorithm
  /** How an ECDSA signature is written; without effect on RSA and Ed25519. */
  readonly format: SignatureFormat
  /** When a signature that has to wait for its turn need no longer be begun, by `performance.now()`. */
  readonly expiresMs?: number
}

/** A signature, and for secp256k1 which of two public keys it leads to. */
export interface Signature {
  readonly signature: Buffer
  /** 0 or 1: with it the public key can be recovered from the signature. */
  readonly recoveryId?: 0 | 1
}

/** A private key ready to sign. Its bytes are in here and nowhere else. */
export interface PrivateKey {
  readonly keySpec: KeySpec
  /** SubjectPublicKeyInfo in DER, derived from the private key. */
  readonly publicKey: Buffer
  /** Elliptic curve keys sign at once; RSA signs off the event loop. An input of the wrong length must not come here. */
  sign (input: SigningInput): Signature | Promise<Signature>
  /** Ends the key: its memory is overwritten when the last running signature is done. Signing after that throws. */
  erase (): void
}
