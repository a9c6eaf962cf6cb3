import type { Method, Params, RequestOptions, Result } from '@enclave-signer/protocol'

/**
 * Asking an enclave. A ProtocolClient is one; so is {@link EnclaveLink}, and so are the fakes of the tests.
 * Rejects with EnclaveError (the enclave's answer), ProtocolError (the connection) or ParentError (no enclave).
 */
export interface EnclaveRequests {
  request: <M extends Method>(method: M, params: Params<M>, options?: RequestOptions) => Promise<Result<M>>
}
