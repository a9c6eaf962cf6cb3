import type { Method, Params, RequestOptions, Result } from '@enclave-signer/protocol'

import { ParentError } from '../errors.ts'
import type { EnclaveRequests } from './enclave-requests.ts'

/** Requests to whatever enclave is ready now: connections come and go behind it. */
export class EnclaveLink implements EnclaveRequests {
  #enclave: EnclaveRequests | undefined
  readonly #describeState: () => string

  /** `describeState` names the enclave's state for the error of a request that finds none ready. */
  constructor (describeState: () => string) {
    this.#describeState = describeState
  }

  /** Requests go to `enclave` from here on. */
  attach (enclave: EnclaveRequests): void {
    this.#enclave = enclave
  }

  /** Requests are refused from here on. */
  detach (): void {
    this.#enclave = undefined
  }

  /** @throws ParentError `ENCLAVE_NOT_READY` while none is attached. */
  request<M extends Method>(method: M, params: Params<M>, options?: RequestOptions): Promise<Result<M>> {
    if (this.#enclave !== undefined) return this.#enclave.request(method, params, options)
    const state = this.#describeState()
    return Promise.reject(new ParentError('ENCLAVE_NOT_READY', `no enclave is ready (${state})`, { state }))
  }
}
