import { EnclaveError } from '@enclave-signer/protocol'

/** The NSM's errors (aws-nitro-enclaves-nsm-api, `ErrorCode`). */
export const nsmErrorNames = [
  'InvalidArgument', 'InvalidIndex', 'InvalidResponse', 'ReadOnlyIndex', 'InvalidOperation', 'BufferTooSmall', 'InputTooLarge', 'InternalError',
] as const

/** See {@link nsmErrorNames}. */
export type NsmErrorName = (typeof nsmErrorNames)[number]

/** The NSM refused a request. To the parent it is `NSM_FAILED` like every other failure of the NSM. */
export class NsmError extends EnclaveError {
  /** The NSM's own word for it; undefined for one that its API does not have. */
  readonly reason: NsmErrorName | undefined

  constructor (reason: NsmErrorName | undefined) {
    super('NSM_FAILED', `the NSM answered ${reason ?? 'an unknown error'}`)
    this.reason = reason
  }
}
