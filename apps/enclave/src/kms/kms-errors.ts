import { EnclaveError } from '@enclave-signer/protocol'
import type { EnclaveErrorCode } from '@enclave-signer/protocol'

/** What each error of KMS, and of AWS's common errors, means to the parent (KMS API reference; AWS common errors). */
const codeOfAwsError: ReadonlyMap<string, EnclaveErrorCode> = new Map(Object.entries({
  AccessDeniedException: 'KMS_ACCESS_DENIED',
  AccessDenied: 'KMS_ACCESS_DENIED',
  NotAuthorized: 'KMS_ACCESS_DENIED',
  OptInRequired: 'KMS_ACCESS_DENIED',
  ExpiredToken: 'KMS_CREDENTIALS_EXPIRED',
  ExpiredTokenException: 'KMS_CREDENTIALS_EXPIRED',
  RequestExpired: 'KMS_CREDENTIALS_EXPIRED',
  UnrecognizedClientException: 'KMS_CREDENTIALS_REJECTED',
  InvalidClientTokenId: 'KMS_CREDENTIALS_REJECTED',
  InvalidSignatureException: 'KMS_CREDENTIALS_REJECTED',
  SignatureDoesNotMatch: 'KMS_CREDENTIALS_REJECTED',
  IncompleteSignature: 'KMS_CREDENTIALS_REJECTED',
  IncompleteSignatureException: 'KMS_CREDENTIALS_REJECTED',
  MissingAuthenticationTokenException: 'KMS_CREDENTIALS_REJECTED',
  InvalidCiphertextException: 'KMS_INVALID_CIPHERTEXT',
  NotFoundException: 'KMS_KEY_UNAVAILABLE',
  DisabledException: 'KMS_KEY_UNAVAILABLE',
  IncorrectKeyException: 'KMS_KEY_UNAVAILABLE',
  InvalidKeyUsageException: 'KMS_KEY_UNAVAILABLE',
  KeyUnavailableException: 'KMS_KEY_UNAVAILABLE',
  KMSInvalidStateException: 'KMS_KEY_UNAVAILABLE',
  ThrottlingException: 'KMS_THROTTLED',
  Throttling: 'KMS_THROTTLED',
  LimitExceededException: 'KMS_THROTTLED',
  TooManyRequestsException: 'KMS_THROTTLED',
  RequestLimitExceeded: 'KMS_THROTTLED',
  TimeoutError: 'KMS_UNREACHABLE',
  AbortError: 'KMS_UNREACHABLE',
} satisfies Record<string, EnclaveErrorCode>))

/** Node's names for a certificate that is refused (Node.js TLS documentation, X509 certificate error codes). */
const certificateErrors: ReadonlySet<string> = new Set([
  'UNABLE_TO_GET_ISSUER_CERT', 'UNABLE_TO_GET_CRL', 'UNABLE_TO_DECRYPT_CERT_SIGNATURE', 'UNABLE_TO_DECRYPT_CRL_SIGNATURE',
  'UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY', 'CERT_SIGNATURE_FAILURE', 'CRL_SIGNATURE_FAILURE', 'CERT_NOT_YET_VALID', 'CERT_HAS_EXPIRED',
  'CRL_NOT_YET_VALID', 'CRL_HAS_EXPIRED', 'ERROR_IN_CERT_NOT_BEFORE_FIELD', 'ERROR_IN_CERT_NOT_AFTER_FIELD',
  'ERROR_IN_CRL_LAST_UPDATE_FIELD', 'ERROR_IN_CRL_NEXT_UPDATE_FIELD', 'OUT_OF_MEM', 'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'CERT_CHAIN_TOO_LONG',
  'CERT_REVOKED', 'INVALID_CA', 'PATH_LENGTH_EXCEEDED', 'INVALID_PURPOSE', 'CERT_UNTRUSTED', 'CERT_REJECTED', 'HOSTNAME_MISMATCH',
  'ERR_TLS_CERT_ALTNAME_INVALID', 'ERR_TLS_CERT_ALTNAME_FORMAT', 'UNSPECIFIED',
])

/**
 * The one translation of what a call to KMS fails with. The message holds names only: KMS's own wording names principals
 * and keys, and stays in `cause`.
 */
export function toKmsError (error: unknown, operation: string): EnclaveError {
  if (error instanceof EnclaveError) return error
  const { name, code, answered } = factsOf(error)
  return new EnclaveError(kmsCodeOf(name, code, answered), `KMS ${operation}: ${answered ? name : code ?? name}`, { cause: error })
}

function kmsCodeOf (name: string, code: string | undefined, answered: boolean): EnclaveErrorCode {
  if (answered) return codeOfAwsError.get(name) ?? 'KMS_FAILED'
  if (code !== undefined) return certificateErrors.has(code) ? 'KMS_UNTRUSTED' : 'KMS_UNREACHABLE'
  return codeOfAwsError.get(name) ?? 'KMS_FAILED'
}

interface ErrorFacts {
  readonly name: string
  readonly code: string | undefined
  /** Whether KMS answered: the SDK gives such errors their HTTP metadata and a `$fault`. */
  readonly answered: boolean
}

function factsOf (error: unknown): ErrorFacts {
  if (!(error instanceof Error)) return { name: 'unknown', code: undefined, answered: false }
  const code = 'code' in error && typeof error.code === 'string' ? plainName(error.code) : undefined
  return { name: plainName(error.name), code, answered: '$fault' in error }
}

function plainName (text: string): string {
  return /^\w{1,64}$/.test(text) ? text : 'unknown'
}
