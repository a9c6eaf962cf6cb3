import type { KmsErrorName } from './errors.ts'
import type { OperationName } from './operations/index.ts'

/** How a call ended: answered, refused under a name, given up by the client, or its connection cut by an injected fault. */
export type Outcome = 'ok' | KmsErrorName | 'Aborted' | 'ConnectionReset'

/** A fault that can be injected: an error answer, or a connection that ends without one. */
export type Fault = KmsErrorName | 'ConnectionReset'

/** What tests see of a simulated KMS and do to it: counts of calls, and faults to come. */
export class CallLog {
  readonly #counts = new Map<string, number>()
  readonly #faults = new Map<OperationName, Fault[]>()

  count (operation: OperationName | 'Unknown', outcome: Outcome): void {
    const name = `${operation}:${outcome}`
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1)
  }

  /** `{"Decrypt:ok": 2, "Decrypt:AccessDeniedException": 1}`; what never happened is not there. */
  counts (): Record<string, number> {
    return Object.fromEntries(this.#counts)
  }

  fail (operation: OperationName, fault: Fault, times: number): void {
    this.#faults.set(operation, [...this.#faults.get(operation) ?? [], ...Array.from({ length: times }, () => fault)])
  }

  /** The fault for this call, which is then used up. */
  takeFault (operation: OperationName): Fault | undefined {
    return this.#faults.get(operation)?.shift()
  }
}
