/** What can be wrong with the connection or its bytes, seen from the end that notices. */
export type ProtocolErrorCode =
  | 'ABORTED'
  | 'CONNECTION_LOST'
  | 'DEADLINE_EXCEEDED'
  | 'FRAME_EMPTY'
  | 'FRAME_TOO_LARGE'
  | 'FRAME_TRUNCATED'
  | 'INVALID_ANSWER'
  | 'INVALID_BASE64'
  | 'TOO_MANY_IN_FLIGHT'
  | 'UNEXPECTED_ANSWER'

/** A fault of the wire. `code` is stable; the message holds names and sizes only. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError'
  readonly code: ProtocolErrorCode

  constructor (code: ProtocolErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/**
 * JSON-RPC 2.0's numbers for the codes that it defines itself; every other code crosses as `-32000`
 * (the range JSON-RPC leaves to servers). The stable name travels in `error.data.code`.
 */
export const jsonRpcNumbers: Readonly<Partial<Record<EnclaveErrorCode, number>>> = {
  PARSE_ERROR: -32700,
  INVALID_REQUEST: -32600,
  DUPLICATE_ID: -32600,
  METHOD_NOT_FOUND: -32601,
  INVALID_PARAMS: -32602,
  INTERNAL: -32603,
}

/** The number of every code that JSON-RPC does not define. */
export const applicationErrorNumber = -32000

/** Every code an enclave can answer with. */
export const enclaveErrorCodes = [
  'PARSE_ERROR',
  'INVALID_REQUEST',
  'DUPLICATE_ID',
  'METHOD_NOT_FOUND',
  'INVALID_PARAMS',
  'INTERNAL',
  'OVERLOADED',
  'KEY_NOT_LOADED',
  'KEY_CONFLICT',
  'UNSUPPORTED_ALGORITHM',
  'INVALID_DIGEST_LENGTH',
  'INVALID_KEY',
  'SEAL_BROKEN',
  'PUBLIC_KEY_MISMATCH',
  'CREDENTIALS_MISSING',
  'CREDENTIALS_INVALID',
  'KMS_ACCESS_DENIED',
  'KMS_CREDENTIALS_EXPIRED',
  'KMS_CREDENTIALS_REJECTED',
  'KMS_INVALID_CIPHERTEXT',
  'KMS_KEY_UNAVAILABLE',
  'KMS_THROTTLED',
  'KMS_UNREACHABLE',
  'KMS_UNTRUSTED',
  'KMS_ANSWER_INVALID',
  'KMS_FAILED',
  'NSM_FAILED',
  'DEADLINE_EXCEEDED',
] as const

/** See {@link enclaveErrorCodes}. */
export type EnclaveErrorCode = (typeof enclaveErrorCodes)[number]

/** An answer that is an error: thrown by the enclave's handlers, rebuilt by the client at the other end. */
export class EnclaveError extends Error {
  override readonly name = 'EnclaveError'
  readonly code: EnclaveErrorCode

  constructor (code: EnclaveErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
