import type { EnclaveErrorCode, ProtocolErrorCode } from '@enclave-signer/protocol'

import type { ParentErrorCode } from '../errors.ts'

/** What is wrong with the request itself, before any key or enclave is asked. */
type RequestProblemCode =
  | 'MALFORMED_REQUEST' | 'INVALID_REQUEST_FIELD' | 'ROUTE_NOT_FOUND' | 'METHOD_NOT_ALLOWED' | 'REQUEST_TIMEOUT' | 'HEADERS_TOO_LARGE'
  | 'BODY_TOO_LARGE' | 'MESSAGE_TOO_LARGE' | 'UNSUPPORTED_MEDIA_TYPE' | 'RATE_LIMITED' | 'IDEMPOTENCY_KEY_REUSED' | 'IDEMPOTENCY_KEY_IN_USE' | 'SHUTTING_DOWN'
  | 'CALLER_UNKNOWN' | 'CALLER_CREDENTIALS_EXPIRED' | 'NOT_PERMITTED' | 'ISSUER_UNAVAILABLE'

type ShownParentCode = Extract<ParentErrorCode, 'ENCLAVE_NOT_READY' | 'KEY_NOT_FOUND' | 'KEY_EXISTS' | 'KEY_UNREADABLE' | 'ENCLAVE_ANSWER_UNEXPECTED'
| 'AUDIT_UNAVAILABLE' | 'SEQUENCE_NOT_ABOVE' | 'SEQUENCE_REQUIRED' | 'WATERMARK_UNREADABLE' | 'WATERMARK_UNAVAILABLE'>

/** Every `code` that an answer can have. */
export type ProblemCode = RequestProblemCode | ShownParentCode | Exclude<EnclaveErrorCode | ProtocolErrorCode, keyof typeof shownAs>

/** What wire and enclave tell apart and callers need not: the log has the reason. */
export const shownAs = {
  ABORTED: 'CONNECTION_LOST',
  FRAME_EMPTY: 'CONNECTION_LOST',
  FRAME_TOO_LARGE: 'CONNECTION_LOST',
  FRAME_TRUNCATED: 'CONNECTION_LOST',
  UNEXPECTED_ANSWER: 'CONNECTION_LOST',
  TOO_MANY_IN_FLIGHT: 'OVERLOADED',
  INVALID_BASE64: 'INTERNAL',
  PARSE_ERROR: 'INTERNAL',
  INVALID_REQUEST: 'INTERNAL',
  DUPLICATE_ID: 'INTERNAL',
  METHOD_NOT_FOUND: 'INTERNAL',
  INVALID_PARAMS: 'INTERNAL',
  CREDENTIALS_INVALID: 'INTERNAL',
} as const satisfies Partial<Record<EnclaveErrorCode | ProtocolErrorCode, string>>

/** How a code is answered. */
export interface ProblemKind {
  readonly status: number
  /** The same for every problem of the code. */
  readonly title: string
  /** What the reader can do. */
  readonly advice: string
  /** Seconds after which trying again makes sense. */
  readonly retryAfter?: number
  /** The status where a key was being imported: the fault is then in what the caller sent. */
  readonly statusOnImport?: number
}

const internal: ProblemKind = { status: 500, title: 'Internal error', advice: 'The log has the reason under this request id.' }
const foreignSeal: ProblemKind = {
  status: 502,
  title: 'The sealed key does not belong to this key id',
  advice: 'The stored file is not what was sealed under this name and key spec; restore it. On import: encrypt with the encryption context of this key id and key spec.',
  statusOnImport: 422,
}

/** Status, title and advice of every code: the one place that decides them. */
export const problemTable: Readonly<Record<ProblemCode, ProblemKind>> = {
  MALFORMED_REQUEST: { status: 400, title: 'The request cannot be read', advice: 'Send well-formed HTTP with a JSON body.' },
  INVALID_REQUEST_FIELD: { status: 400, title: 'A field is not valid', advice: 'See "errors" for the fields, and /docs for what they may hold.' },
  ROUTE_NOT_FOUND: { status: 404, title: 'There is no such route', advice: 'See /docs.' },
  METHOD_NOT_ALLOWED: { status: 405, title: 'The route does not take this method', advice: 'See the Allow header.' },
  REQUEST_TIMEOUT: { status: 408, title: 'The request did not arrive in time', advice: 'Send it faster.' },
  BODY_TOO_LARGE: { status: 413, title: 'The body is too large', advice: 'Sign the digest of a long message (messageType DIGEST).' },
  MESSAGE_TOO_LARGE: { status: 413, title: 'The message is too large', advice: 'Sign the digest of a long message (messageType DIGEST).' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, title: 'The body is not JSON', advice: 'Send content-type: application/json.' },
  HEADERS_TOO_LARGE: { status: 431, title: 'The headers are too large', advice: 'Send fewer or shorter headers.' },
  IDEMPOTENCY_KEY_REUSED: { status: 422, title: 'The idempotency key stands for another request', advice: 'Give every request a key of its own; a repeat has the body of the first, byte for byte.' },
  IDEMPOTENCY_KEY_IN_USE: { status: 409, title: 'The first request under the idempotency key is under way', advice: 'Repeat it in a moment to get the answer of the first.', retryAfter: 1 },
  CALLER_UNKNOWN: { status: 401, title: 'Nobody is known by these credentials', advice: 'Send the bearer token or use the client certificate of a caller; the log and the metrics of the service know more.' },
  CALLER_CREDENTIALS_EXPIRED: { status: 401, title: 'The credentials are no longer taken', advice: 'They have expired, or can be used once and were; get new ones.' },
  NOT_PERMITTED: { status: 403, title: 'The caller may not do this', advice: 'Whoever runs the service can permit it in the callers file.' },
  ISSUER_UNAVAILABLE: { status: 503, title: 'The keys of the token\'s issuer cannot be fetched', advice: 'Try again.', retryAfter: 1 },
  RATE_LIMITED: { status: 429, title: 'Too many requests', advice: 'Send fewer; Retry-After says when the next one is taken, RateLimit what is left.', retryAfter: 1 },
  SHUTTING_DOWN: { status: 503, title: 'The service is stopping', advice: 'Try again.', retryAfter: 1 },

  KEY_NOT_FOUND: { status: 404, title: 'There is no such key', advice: 'GET /keys lists the keys.' },
  KEY_EXISTS: { status: 409, title: 'The key exists', advice: 'Keys are never replaced; choose another key id.' },
  KEY_UNREADABLE: { status: 500, title: 'The stored key cannot be used', advice: 'Restore its file from a backup and restart the service.' },
  ENCLAVE_ANSWER_UNEXPECTED: { status: 502, title: 'The enclave answered with another key', advice: 'The log has the reason under this request id.' },
  ENCLAVE_NOT_READY: { status: 503, title: 'No enclave is ready', advice: 'Try again; /enclave/status says why.', retryAfter: 1 },

  SEQUENCE_NOT_ABOVE: { status: 409, title: 'The key has been used under this sequence or a higher one', advice: 'Sign under a higher sequence; a signing that failed has used its sequence up.' },
  SEQUENCE_REQUIRED: { status: 422, title: 'The key signs under a sequence only', advice: 'Send a sequence above lastSequence of GET /keys/{keyId}: once a key has signed under one, it always does.' },
  WATERMARK_UNREADABLE: { status: 500, title: 'The latest sequence of the key is not known', advice: 'Restore its watermark from DATA_DIR\'s backup, if nothing was signed since, and restart the service.' },
  WATERMARK_UNAVAILABLE: { status: 503, title: 'The sequence cannot be stored', advice: 'Try again; look for the room and the state of the disk of DATA_DIR.', retryAfter: 1 },
  AUDIT_UNAVAILABLE: { status: 503, title: 'The audit log cannot be written', advice: 'Try again; look for the room and the state of the disk of DATA_DIR.', retryAfter: 1 },

  UNSUPPORTED_ALGORITHM: { status: 422, title: 'The key does not sign like that', advice: 'GET /keys/{keyId} lists its signing algorithms; Ed25519 takes messageType RAW only.' },
  INVALID_DIGEST_LENGTH: { status: 422, title: 'The digest has another length', advice: 'Send as many bytes as the hash of the signing algorithm has.' },
  INVALID_KEY: { status: 502, title: 'The sealed key is not a private key of its key spec', advice: 'Seal a PKCS#8 DER private key of the key spec.', statusOnImport: 422 },
  SEAL_BROKEN: foreignSeal,
  KMS_INVALID_CIPHERTEXT: foreignSeal,
  PUBLIC_KEY_MISMATCH: { ...foreignSeal, title: 'The sealed key has another public key than its record' },
  KEY_CONFLICT: { status: 409, title: 'The enclave holds another key under this key id', advice: 'Choose another key id, or restart the service if the key was never stored.' },
  KEY_NOT_LOADED: { status: 503, title: 'The enclave does not hold the key', advice: 'Try again.', retryAfter: 1 },

  CREDENTIALS_MISSING: { status: 503, title: 'The enclave has no credentials yet', advice: 'Try again; check the role of the service.', retryAfter: 1 },
  KMS_ACCESS_DENIED: {
    status: 502,
    title: 'KMS denies access',
    advice: 'Check that the key policy and the role allow kms:Decrypt and kms:GenerateDataKey, and that the policy\'s attestation condition (kms:RecipientAttestation:ImageSha384 or PCR0) equals PCR0 in /enclave/status; a debug enclave attests zeros.',
  },
  KMS_CREDENTIALS_EXPIRED: { status: 502, title: 'KMS calls the credentials expired', advice: 'Try again; fresh ones are handed over by themselves. Check the role of the service.', retryAfter: 1 },
  KMS_CREDENTIALS_REJECTED: { status: 502, title: 'KMS does not know the credentials', advice: 'Check the role of the service.' },
  KMS_KEY_UNAVAILABLE: { status: 502, title: 'The KMS key cannot be used', advice: 'Check that KMS_KEY_ARN exists, is enabled and is the key that sealed this one.' },
  KMS_THROTTLED: { status: 502, title: 'KMS limits the rate of requests', advice: 'Try again later.', retryAfter: 1 },
  KMS_UNREACHABLE: { status: 502, title: 'KMS cannot be reached', advice: 'Check the vsock-proxy relay in /enclave/status and the network of the host.', retryAfter: 1 },
  KMS_UNTRUSTED: { status: 502, title: 'KMS did not prove that it is KMS', advice: 'Check what answers at the address of KMS: its TLS certificate is refused.' },
  KMS_ANSWER_INVALID: { status: 502, title: 'The answer of KMS is refused', advice: 'The log of the enclave has the reason.' },
  KMS_FAILED: { status: 502, title: 'KMS failed', advice: 'Try again later.', retryAfter: 1 },
  NSM_FAILED: { ...internal, title: 'The Nitro Secure Module failed' },
  OVERLOADED: { status: 503, title: 'Too many requests are waiting', advice: 'Try again later or send fewer at once.', retryAfter: 1 },

  DEADLINE_EXCEEDED: { status: 504, title: 'The enclave did not answer in time', advice: 'Try again; the request may have been carried out.' },
  CONNECTION_LOST: { status: 503, title: 'The enclave cannot be reached', advice: 'Try again; the service reconnects by itself.', retryAfter: 1 },
  INVALID_ANSWER: { status: 502, title: 'The answer of the enclave is refused', advice: 'The log has the reason under this request id.' },
  INTERNAL: internal,
}
