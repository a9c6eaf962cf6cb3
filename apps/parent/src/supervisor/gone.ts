import { ParentError } from '../errors.ts'

/**
 * The failure of an enclave that does not run any more: one that had come up has died, another one never did, and the two
 * have other causes. `sign` is how it was noticed.
 */
export function gone (enclaveId: string, wasReady: boolean, sign: string): ParentError {
  return wasReady
    ? new ParentError('ENCLAVE_GONE', `the enclave ${enclaveId}, which had been ready, does not run any more (${sign})`, { enclaveId })
    : new ParentError('ENCLAVE_NEVER_READY', `the enclave ${enclaveId} was started and ended before it was ever ready (${sign})`, { enclaveId })
}
