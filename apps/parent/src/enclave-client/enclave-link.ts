import type { Method, Params, RequestOptions, Result } from '@enclave-signer/protocol'

import { ParentError } from '../errors.ts'
import type { EnclaveRequests } from './enclave-requests.ts'

/** How long after a loss requests wait for the repair instead of failing, in milliseconds: a relay is back by then. */
const defaultRepairMs = 400
/** Requests that wait at most; more fail at once. */
const mostWaiting = 256

/** Requests to whatever enclave is ready now: connections come and go behind it. */
export class EnclaveLink implements EnclaveRequests {
  #enclave: EnclaveRequests | undefined
  readonly #describeState: () => string
  readonly #repairMs: number
  #repair: PromiseWithResolvers<undefined> | undefined
  #waiting = 0

  /** `describeState` names the enclave's state for the error of a request that finds none ready. */
  constructor (describeState: () => string, repairMs = defaultRepairMs) {
    this.#describeState = describeState
    this.#repairMs = repairMs
  }

  /** Requests go to `enclave` from here on, those that waited first. */
  attach (enclave: EnclaveRequests): void {
    this.#enclave = enclave
    this.#repair?.resolve(undefined)
  }

  /** Requests wait a moment for the next {@link EnclaveLink.attach}, and are refused after that. */
  detach (): void {
    if (this.#enclave === undefined) return
    this.#enclave = undefined
    const repair = Promise.withResolvers<undefined>()
    this.#repair = repair
    const timer = setTimeout(repair.resolve, this.#repairMs, undefined)
    repair.promise.then(() => {
      clearTimeout(timer)
      if (this.#repair === repair) this.#repair = undefined
    }, () => undefined)
  }

  /** @throws ParentError `ENCLAVE_NOT_READY` while none is attached. */
  request<M extends Method>(method: M, params: Params<M>, options?: RequestOptions): Promise<Result<M>> {
    if (this.#enclave !== undefined) return this.#enclave.request(method, params, options)
    if (this.#repair !== undefined && this.#waiting < mostWaiting) {
      return this.#afterRepair(this.#repair.promise, () => this.request(method, params, options))
    }
    const state = this.#describeState()
    return Promise.reject(new ParentError('ENCLAVE_NOT_READY', `no enclave is ready (${state})`, { state }))
  }

  async #afterRepair<T>(repair: Promise<undefined>, request: () => Promise<T>): Promise<T> {
    this.#waiting++
    await repair
    this.#waiting--
    return await request()
  }
}
