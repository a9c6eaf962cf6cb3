import { bootFailureCodes, enclaveErrorCodes } from '@enclave-signer/protocol'
import type { BootFailureCode, BootStep, EnclaveErrorCode } from '@enclave-signer/protocol'
import { ConfigError } from '../config/environment.ts'
import type { Log } from '../log.ts'

type FailureCode = EnclaveErrorCode | BootFailureCode

const failureCodes: readonly string[] = [...enclaveErrorCodes, ...bootFailureCodes]

/** The steps of an enclave's life: which one it is in, and one line for each that is done. */
export class Steps {
  readonly #log: Log
  readonly #stop: AbortSignal
  #current: BootStep = 'settings'

  /** No step begins once `stop` is aborted. */
  constructor (log: Log, stop: AbortSignal) {
    this.#log = log
    this.#stop = stop
  }

  /**
   * Does a step and says so.
   *
   * @throws what `work` throws, and the signal's reason instead of beginning.
   */
  async do<T> (step: BootStep, work: () => T | Promise<T>): Promise<T> {
    this.#stop.throwIfAborted()
    this.#current = step
    const result = await work()
    this.#log({ level: 'info', event: 'boot.step', step })
    return result
  }

  /** The enclave is in this step from now on. */
  enter (step: BootStep): void {
    this.#current = step
  }

  /** The last words of an enclave that cannot go on: the step and a code. An error's text and stack are not the console's to read. */
  fail (error: unknown): void {
    if (error instanceof ConfigError) {
      for (const { setting, fault } of error.faults) this.#log({ level: 'error', event: 'setting.refused', setting, fault })
    }
    this.#log({ level: 'error', event: 'enclave.failed', step: this.#current, code: codeOf(error) })
  }
}

function codeOf (error: unknown): FailureCode {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' && failureCodes.includes(code) ? code as FailureCode : 'INTERNAL'
}
