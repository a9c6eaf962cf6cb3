import type { KeySpec, MessageType, SignatureFormat, SigningAlgorithm } from '@enclave-signer/protocol'

import type { Caller } from '../callers/caller.ts'
import type { Deadline } from '../limits/deadline.ts'
import type { RequestTrace } from '../tracing/tracing.ts'

/** A signature that is asked for. */
export interface SignOrder {
  readonly caller: Caller
  readonly requestId: string
  /** Undefined where the request is in no trace. */
  readonly trace: RequestTrace | undefined
  readonly deadline: Deadline
  readonly keyId: string
  /** Base64. */
  readonly message: string
  readonly messageType: MessageType
  /** The first of the key's where it is not given. */
  readonly signingAlgorithm: SigningAlgorithm | undefined
  readonly signatureFormat: SignatureFormat
  /** What the signature is made under, above every earlier one of the key; required of a key that has ever signed under one. */
  readonly sequence: number | undefined
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
