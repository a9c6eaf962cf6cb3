import { digestBytesOf, maxMessageBytes, signingAlgorithmsOf } from '@enclave-signer/protocol'

import { RequestProblem } from '../problems/request-problem.ts'
import type { ResolvedOrder } from './sign-order.ts'

/**
 * @param message - canonical base64, which the schema has made sure of.
 * @throws RequestProblem `MESSAGE_TOO_LARGE`.
 */
export function checkSize (message: string): void {
  const bytes = bytesIn(message)
  if (bytes > maxMessageBytes) throw new RequestProblem('MESSAGE_TOO_LARGE', `the message has ${bytes} bytes, at most ${maxMessageBytes} can be signed`)
}

/**
 * Sees to it that such a key can sign such a message. The enclave decides; what it is certain to refuse is refused here, where it has used
 * up no number of a sequence yet.
 *
 * @throws RequestProblem `UNSUPPORTED_ALGORITHM`, `INVALID_DIGEST_LENGTH`.
 */
export function checkSignable ({ keySpec, signingAlgorithm, messageType, message }: Pick<ResolvedOrder, 'keySpec' | 'signingAlgorithm' | 'messageType' | 'message'>): void {
  if (!signingAlgorithmsOf[keySpec].includes(signingAlgorithm)) {
    throw new RequestProblem('UNSUPPORTED_ALGORITHM', `${signingAlgorithm} is not an algorithm of ${keySpec}`)
  }
  if (messageType === 'RAW') return
  if (signingAlgorithm === 'ED25519_SHA_512') throw new RequestProblem('UNSUPPORTED_ALGORITHM', 'ED25519_SHA_512 signs RAW messages only')
  const [bytes, digestBytes] = [bytesIn(message), digestBytesOf(signingAlgorithm)]
  if (bytes !== digestBytes) throw new RequestProblem('INVALID_DIGEST_LENGTH', `a digest of ${bytes} bytes; ${signingAlgorithm} takes ${digestBytes}`)
}

function bytesIn (base64: string): number {
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0
  return base64.length / 4 * 3 - padding
}
