import { digestBytesOf, EnclaveError, signingAlgorithmsOf } from '@enclave-signer/protocol'
import type { MessageType, SignatureFormat, SigningAlgorithm } from '@enclave-signer/protocol'
import { hashMessage } from './digest.ts'
import type { PrivateKey, Signature } from './private-key.ts'

/** What a caller wants signed, in the words of KMS `Sign`. */
export interface SigningRequest {
  /** The message, or its digest. */
  readonly message: Buffer
  readonly messageType: MessageType
  readonly signingAlgorithm: SigningAlgorithm
  readonly signatureFormat: SignatureFormat
  /** When it need no longer be begun, by `performance.now()`; `Infinity` where it is not said. */
  readonly expiresMs?: number
}

/**
 * Signs as KMS `Sign` does: `RAW` is always hashed, `DIGEST` never.
 *
 * @returns at once for elliptic curves, later for RSA.
 * @throws EnclaveError `UNSUPPORTED_ALGORITHM` for an algorithm that is not the key's, and for Ed25519 over a digest;
 * `INVALID_DIGEST_LENGTH` for a digest of another length than the algorithm's; `DEADLINE_EXCEEDED` where a signature had to wait too long.
 */
export function sign (key: PrivateKey, request: SigningRequest): Signature | Promise<Signature> {
  const { signingAlgorithm: algorithm, signatureFormat: format, expiresMs = Infinity } = request
  if (!signingAlgorithmsOf[key.keySpec].includes(algorithm)) {
    throw new EnclaveError('UNSUPPORTED_ALGORITHM', `${algorithm} is not an algorithm of ${key.keySpec}`)
  }
  return key.sign({ bytes: bytesToSign(request), algorithm, format, expiresMs })
}

function bytesToSign ({ message, messageType, signingAlgorithm }: SigningRequest): Buffer {
  if (messageType === 'RAW') return signingAlgorithm === 'ED25519_SHA_512' ? message : hashMessage(signingAlgorithm, message)
  if (signingAlgorithm === 'ED25519_SHA_512') throw new EnclaveError('UNSUPPORTED_ALGORITHM', 'ED25519_SHA_512 signs RAW messages only')
  const digestBytes = digestBytesOf(signingAlgorithm)
  if (message.length !== digestBytes) {
    throw new EnclaveError('INVALID_DIGEST_LENGTH', `a digest of ${message.length} bytes; ${signingAlgorithm} takes ${digestBytes}`)
  }
  return message
}
