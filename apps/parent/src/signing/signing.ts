import { signingAlgorithmsOf } from '@enclave-signer/protocol'
import type { Result } from '@enclave-signer/protocol'

import type { Audit, AuditFacts } from '../audit/audit.ts'
import type { LoadedKeys } from '../enclave-client/loaded-keys.ts'
import { notPermitted } from '../problems/not-permitted.ts'
import type { KeyStore } from '../key-store/key-store.ts'
import type { Rates } from '../limits/rates.ts'
import type { SlowKeys } from '../limits/slow-keys.ts'
import type { Metrics } from '../metrics/metrics.ts'
import { outcomeOf } from '../metrics/signature-outcome.ts'
import type { Watermarks } from '../watermark/watermarks.ts'
import { checkSignable, checkSize } from './check-message.ts'
import type { ResolvedOrder, SignAnswer, SignOrder } from './sign-order.ts'

/** What signing needs. */
export interface SigningParts {
  keys: Pick<KeyStore, 'keySpec'>
  loadedKeys: Pick<LoadedKeys, 'request'>
  rates: Pick<Rates, 'take'>
  slowKeys: Pick<SlowKeys, 'run'>
  audit: Audit
  watermarks: Pick<Watermarks, 'advance'>
  metrics: Pick<Metrics, 'signed'>
}

/** The way of every signature, asked for alone or in a batch. */
export class Signing {
  readonly #parts: SigningParts

  constructor (parts: SigningParts) {
    this.#parts = parts
  }

  /** @throws RequestProblem, ParentError, EnclaveError or ProtocolError: whatever refused it, by its code. */
  async sign (order: SignOrder): Promise<SignAnswer> {
    const { audit, rates, slowKeys } = this.#parts
    audit.check()
    const startedMs = performance.now()
    let known: SignOrder | ResolvedOrder = order
    let enclaveAsked = false
    try {
      checkSize(order.message)
      const resolved = known = this.#resolve(order)
      rates.take(order.caller, order.keyId)
      checkSignable(resolved)
      const ask = (): Promise<SignAnswer> => this.#askEnclave(resolved, () => { enclaveAsked = true })
      const answer = await order.deadline.answered(slowKeys.run(order.keyId, resolved.keySpec, ask))
      await audit.done(factsOf(resolved), answer)
      this.#settle(resolved, 'ok', startedMs)
      return answer
    } catch (error) {
      this.#settle(known, outcomeOf(error), startedMs)
      await audit.refused({ ...factsOf(known), enclaveAsked }, error)
      throw error
    }
  }

  /** Who may not use a key does not learn whether there is one; which algorithm is meant where none is named, the key tells. */
  #resolve (order: SignOrder): ResolvedOrder {
    checkPermitted(order)
    const keySpec = this.#parts.keys.keySpec(order.keyId)
    const resolved = { ...order, keySpec, signingAlgorithm: order.signingAlgorithm ?? signingAlgorithmsOf[keySpec][0] }
    checkPermitted(resolved)
    return resolved
  }

  /** Whoever has gone or is out of time before this uses up no number of a sequence. */
  async #askEnclave (order: ResolvedOrder, onAsk: () => void): Promise<SignAnswer> {
    const { keyId, message, messageType, signingAlgorithm, signatureFormat, sequence, deadline, trace } = order
    deadline.check()
    await this.#parts.watermarks.advance(keyId, sequence)
    onAsk()
    const params = { keyId, message, messageType, signingAlgorithm, signatureFormat }
    const ask = (): Promise<Result<'sign'>> => this.#parts.loadedKeys.request('sign', params, { deadline, traceId: trace?.traceId })
    const signed = trace?.span === undefined ? await ask() : await trace.span.around('enclave sign', ask)
    return { keyId, signingAlgorithm, ...signed }
  }

  /** A request for a key that there is not has no key spec to be counted under. */
  #settle (order: SignOrder | ResolvedOrder, outcome: string, startedMs: number): void {
    if ('keySpec' in order) this.#parts.metrics.signed({ ...keyOf(order), outcome, seconds: (performance.now() - startedMs) / 1000 })
  }
}

function keyOf ({ keySpec, signingAlgorithm }: ResolvedOrder): Pick<ResolvedOrder, 'keySpec' | 'signingAlgorithm'> {
  return { keySpec, signingAlgorithm }
}

function factsOf ({ caller, ...order }: SignOrder | ResolvedOrder): AuditFacts {
  return { ...order, caller: caller.name, action: 'sign' }
}

function checkPermitted ({ caller, keyId, messageType, signingAlgorithm }: SignOrder): void {
  const facts = { keyId, messageType, ...signingAlgorithm !== undefined && { signingAlgorithm } }
  const problem = notPermitted(caller, 'sign', facts)
  if (problem !== undefined) throw problem
}
