import { signingAlgorithmsOf } from '@enclave-signer/protocol'
import type { KeyRecord, SigningAlgorithm } from '@enclave-signer/protocol'

/** A key as the API shows it. */
export interface KeyAnswer {
  keyId: string
  keySpec: KeyRecord['keySpec']
  origin: KeyRecord['origin']
  /** SubjectPublicKeyInfo, PEM. */
  publicKey: string
  signingAlgorithms: SigningAlgorithm[]
  createdAt: string
}

/** Turns a key's record into what the API shows. */
export function keyAnswerOf ({ keyId, keySpec, origin, publicKey, createdAt }: KeyRecord): KeyAnswer {
  return { keyId, keySpec, origin, publicKey: pemOf(publicKey), signingAlgorithms: [...signingAlgorithmsOf[keySpec]], createdAt }
}

/** PEM (RFC 7468) of base64 DER. */
function pemOf (der: string): string {
  return `-----BEGIN PUBLIC KEY-----\n${der.replace(/.{64}(?!$)/g, '$&\n')}\n-----END PUBLIC KEY-----\n`
}
