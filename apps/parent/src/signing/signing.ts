import { maxMessageBytes, signingAlgorithmsOf } from '@enclave-signer/protocol'

import type { LoadedKeys } from '../enclave-client/loaded-keys.ts'
import { codeOf, RequestProblem } from '../http/problem.ts'
import type { KeyStore } from '../key-store/key-store.ts'
import type { Metrics } from '../metrics.ts'
import type { ResolvedOrder, SignAnswer, SignOrder } from './sign-order.ts'

/** What signing needs. */
export interface SigningParts {
  keys: Pick<KeyStore, 'keySpec'>
  loadedKeys: Pick<LoadedKeys, 'request'>
  metrics: Pick<Metrics, 'signed'>
}

/**
 * The way of every signature, asked for alone or in a batch. Which algorithm fits which key, and how long a digest is, the enclave
 * decides.
 */
export class Signing {
  readonly #parts: SigningParts

  constructor (parts: SigningParts) {
    this.#parts = parts
  }

  /** @throws RequestProblem, ParentError, EnclaveError or ProtocolError: whatever refused it, by its code. */
  async sign (order: SignOrder): Promise<SignAnswer> {
    checkSize(order.message)
    const resolved = this.#resolve(order)
    try {
      const answer = await this.#askEnclave(resolved)
      this.#settle(resolved, 'ok')
      return answer
    } catch (error) {
      this.#settle(resolved, codeOf(error))
      throw error
    }
  }

  #resolve (order: SignOrder): ResolvedOrder {
    const keySpec = this.#parts.keys.keySpec(order.keyId)
    return { ...order, keySpec, signingAlgorithm: order.signingAlgorithm ?? signingAlgorithmsOf[keySpec][0] }
  }

  async #askEnclave ({ keyId, message, messageType, signingAlgorithm, signatureFormat }: ResolvedOrder): Promise<SignAnswer> {
    const signed = await this.#parts.loadedKeys.request('sign', { keyId, message, messageType, signingAlgorithm, signatureFormat })
    return { keyId, signingAlgorithm, ...signed }
  }

  #settle ({ keySpec, signingAlgorithm }: ResolvedOrder, outcome: string): void {
    this.#parts.metrics.signed(keySpec, signingAlgorithm, outcome)
  }
}

/** The schema has made sure that `message` is canonical base64. */
function checkSize (message: string): void {
  const padding = message.endsWith('==') ? 2 : message.endsWith('=') ? 1 : 0
  const bytes = message.length / 4 * 3 - padding
  if (bytes > maxMessageBytes) throw new RequestProblem('MESSAGE_TOO_LARGE', `the message has ${bytes} bytes, at most ${maxMessageBytes} can be signed`)
}
