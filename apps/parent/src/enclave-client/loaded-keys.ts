import { EnclaveError } from '@enclave-signer/protocol'
import type { Params, Result, SealedKey } from '@enclave-signer/protocol'

import type { Deadline } from '../limits/deadline.ts'
import type { SigningMetrics } from '../metrics/signing-metrics.ts'
import type { EnclaveRequests } from './enclave-requests.ts'

/** Where sealed keys come from. */
export interface SealedKeys {
  /** What to give the enclave for the key of that id. @throws ParentError `KEY_NOT_FOUND`, `KEY_UNREADABLE`. */
  sealedKey: (keyId: string) => SealedKey
}

type KeyMethod = 'sign' | 'attest'

/** What goes with a request that needs a key. */
export interface KeyRequestOptions {
  readonly deadline?: Deadline
  readonly traceId?: string | undefined
}

/** Requests that need a key: one that the enclave does not hold is loaded once, however many ask for it, and asked again once. */
export class LoadedKeys {
  readonly #enclave: EnclaveRequests
  readonly #keys: SealedKeys
  readonly #metrics: Pick<SigningMetrics, 'keyLoaded'>
  readonly #loading = new Map<string, Promise<unknown>>()

  constructor (enclave: EnclaveRequests, keys: SealedKeys, metrics: Pick<SigningMetrics, 'keyLoaded'>) {
    this.#enclave = enclave
    this.#keys = keys
    this.#metrics = metrics
  }

  /**
   * Asks with the key of `params.keyId`. A load that is under way is for everybody who waits for it: the deadline of one does not end it.
   *
   * @throws ProtocolError `DEADLINE_EXCEEDED`, `ABORTED`; and what the enclave answers.
   */
  async request<M extends KeyMethod>(
    method: M, params: Params<M> & { keyId: string }, { deadline, traceId }: KeyRequestOptions = {}
  ): Promise<Result<M>> {
    const ask = (): Promise<Result<M>> => this.#enclave.request(method, params, deadline?.requestOptions(traceId))
    try {
      return await ask()
    } catch (error) {
      if (!(error instanceof EnclaveError) || error.code !== 'KEY_NOT_LOADED') throw error
      const loading = this.#load(params.keyId, traceId)
      await (deadline === undefined ? loading : deadline.within(loading))
      return await ask()
    }
  }

  #load (keyId: string, traceId: string | undefined): Promise<unknown> {
    const underWay = this.#loading.get(keyId)
    if (underWay !== undefined) return underWay
    const loading = this.#loadOnce(keyId, traceId).finally(() => { this.#loading.delete(keyId) })
    this.#loading.set(keyId, loading)
    return loading
  }

  /** The load is told under the trace of whoever asked first. */
  async #loadOnce (keyId: string, traceId: string | undefined): Promise<void> {
    try {
      await this.#enclave.request('loadKey', { sealedKey: this.#keys.sealedKey(keyId) }, traceId === undefined ? {} : { context: { traceId } })
      this.#metrics.keyLoaded('ok')
    } catch (error) {
      this.#metrics.keyLoaded(error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'INTERNAL')
      throw error
    }
  }
}
