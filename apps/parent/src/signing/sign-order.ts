import type { KeySpec, MessageType, SignatureFormat, SigningAlgorithm } from '@enclave-signer/protocol'

import type { Caller } from '../callers/caller.ts'

/** A signature that is asked for. */
export interface SignOrder {
  readonly caller: Caller
  readonly requestId: string
  readonly keyId: string
  /** Base64. */
  readonly message: string
  readonly messageType: MessageType
  /** The first of the key's where it is not given. */
  readonly signingAlgorithm: SigningAlgorithm | undefined
  readonly signatureFormat: SignatureFormat
}

/** The same once the key is known. */
export interface ResolvedOrder extends SignOrder {
  readonly keySpec: KeySpec
  readonly signingAlgorithm: SigningAlgorithm
}

/** A signature. */
export interface SignAnswer {
  keyId: string
  signingAlgorithm: SigningAlgorithm
  /** Base64. */
  signature: string
  /** Of secp256k1. */
  recoveryId?: 0 | 1
}
