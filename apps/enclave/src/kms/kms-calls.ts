import type { KmsCallCount, KmsCallOutcome, KmsOperation } from '@enclave-signer/protocol'

/** Calls to KMS in this life of the enclave, by operation and by how they ended. */
export class KmsCalls {
  readonly #counts = new Map<string, KmsCallCount>()

  /** One more. */
  add (operation: KmsOperation, outcome: KmsCallOutcome): void {
    const name = `${operation} ${outcome}`
    this.#counts.set(name, { operation, outcome, count: (this.#counts.get(name)?.count ?? 0) + 1 })
  }

  /** Each kind of call that there has been. */
  read (): KmsCallCount[] {
    return [...this.#counts.values()]
  }
}
