import { isAttestationError } from '@enclave-signer/attestation'

import { isParentError } from '../errors.ts'
import type { ParentErrorCode } from '../errors.ts'
import { errorPolicyOf } from '../nitro-cli/error-table.ts'
import { NitroCliError } from '../nitro-cli/errors.ts'

const parentCodes: ReadonlySet<ParentErrorCode> = new Set<ParentErrorCode>([
  'IMAGE_UNKNOWN', 'EIF_MISSING', 'MEASUREMENTS_UNEXPECTED', 'ENCLAVE_DIFFERS', 'ATTESTATION_REFUSED',
])

/** Whether trying again cannot help. nitro-cli's errors are judged by its table alone; `failure-verdict.ts` looks at the host too. */
export function isPermanent (error: unknown): boolean {
  if (isParentError(error, 'DOCKER_FAILED')) return error.facts.kind === 'program-missing'
  if (isParentError(error)) return parentCodes.has(error.code)
  return error instanceof NitroCliError && errorPolicyOf(error.code).retry === 'permanent'
}

/** The code to show for a failure. */
export function codeOf (error: unknown): string {
  if (isParentError(error, 'ATTESTATION_REFUSED') && isAttestationError(error.cause)) return error.cause.code
  if (isParentError(error) || error instanceof NitroCliError) return error.code
  return isDiskFull(error) ? 'DISK_FULL' : 'INTERNAL'
}

/** The system's own error for a write that finds no room. */
function isDiskFull (error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')
}
