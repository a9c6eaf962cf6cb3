import { ProtocolError } from '@enclave-signer/protocol'

import { codeOf } from '../problems/problem.ts'

/**
 * How a signature that failed is counted: by the code of the answer, but `ABORTED` where the caller has gone. The answer that nobody reads
 * then says `CONNECTION_LOST`, and a caller who hangs up must not look like a connection to the enclave that breaks.
 */
export function outcomeOf (error: unknown): string {
  return error instanceof ProtocolError && error.code === 'ABORTED' ? error.code : codeOf(error)
}
