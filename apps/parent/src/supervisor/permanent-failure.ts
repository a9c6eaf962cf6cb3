import { isAttestationError } from '@enclave-signer/attestation'

import { isParentError } from '../errors.ts'
import type { ParentErrorCode } from '../errors.ts'
import { NitroCliError } from '../nitro-cli/errors.ts'

const parentCodes: ReadonlySet<ParentErrorCode> = new Set<ParentErrorCode>([
  'IMAGE_UNKNOWN', 'EIF_MISSING', 'MEASUREMENTS_UNEXPECTED', 'ENCLAVE_DIFFERS', 'ATTESTATION_REFUSED',
])

/**
 * nitro-cli's errors that the same call will meet again: wrong arguments (E01 to E03, E14), a CPU list that cannot be
 * (E20, E23), too little memory for the EIF (E26), an EIF that cannot be read (E35), missing artifacts folders (E51, E52),
 * a signature that is not valid (E59); and a missing program.
 */
const nitroCliCodes: ReadonlySet<string> = new Set([
  'E01', 'E02', 'E03', 'E14', 'E20', 'E23', 'E26', 'E35', 'E51', 'E52', 'E59', 'NOT_FOUND',
])

/** Whether trying again cannot help. */
export function isPermanent (error: unknown): boolean {
  if (isParentError(error)) return parentCodes.has(error.code)
  return error instanceof NitroCliError && nitroCliCodes.has(error.code)
}

/** The code to show for a failure. */
export function codeOf (error: unknown): string {
  if (isParentError(error, 'ATTESTATION_REFUSED') && isAttestationError(error.cause)) return error.cause.code
  return isParentError(error) || error instanceof NitroCliError ? error.code : 'INTERNAL'
}
