/**
 * Every error the simulated KMS can answer, with its HTTP status. The names are AWS's; the lower ones are never a consequence of a
 * request here and exist to be injected as faults.
 */
export const statusOf = {
  AccessDeniedException: 400,
  DryRunOperationException: 400,
  ExpiredTokenException: 400,
  IncompleteSignatureException: 400,
  IncorrectKeyException: 400,
  InvalidCiphertextException: 400,
  InvalidKeyUsageException: 400,
  InvalidSignatureException: 400,
  MalformedPolicyDocumentException: 400,
  MissingAuthenticationTokenException: 400,
  NotFoundException: 400,
  RequestEntityTooLargeException: 413,
  SerializationException: 400,
  UnknownOperationException: 400,
  UnrecognizedClientException: 400,
  UnsupportedOperationException: 400,
  ValidationException: 400,
  KMSInternalException: 500,

  DependencyTimeoutException: 500,
  DisabledException: 400,
  KMSInvalidStateException: 400,
  KeyUnavailableException: 500,
  LimitExceededException: 400,
  ServiceUnavailableException: 503,
  ThrottlingException: 400,
} as const

/** The `__type` of an error answer. */
export type KmsErrorName = keyof typeof statusOf

/** A refusal of the simulated KMS; `code` is the `__type` of its answer. The message may be empty, as some of AWS's are. */
export class KmsError extends Error {
  override readonly name = 'KmsError'
  readonly code: KmsErrorName

  constructor (code: KmsErrorName, message = '', options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/**
 * The JSON body of an error answer. AWS spells the member `Message` in an AccessDeniedException and `message` elsewhere, and leaves it
 * out where there is nothing to say.
 */
export function errorBody ({ code, message }: KmsError): Record<string, string> {
  if (message === '') return { __type: code }
  return { __type: code, [code === 'AccessDeniedException' ? 'Message' : 'message']: message }
}
