/** Which certificate of the chain is meant, counted from the root: `cabundle` is root, intermediate 1…N; `certificate` is the leaf. */
export type CertificateRole = 'root' | `intermediate ${number}` | 'leaf'

/** Which CBOR item is meant: the whole document, the COSE protected header inside it, or the payload inside it. */
export type CborPart = 'document' | 'protected header' | 'payload'

/** What stood where something else was expected: the CBOR type, and the bytes, characters or entries it holds. */
export interface Found {
  readonly type: 'absent' | 'array' | 'boolean' | 'bytes' | 'integer' | 'map' | 'null' | 'text'
  readonly size?: number
}

/** One PCR that is not what the caller expected; both values lowercase hex, `actual` null where the document has no such PCR. */
export interface PcrMismatch {
  readonly index: number
  readonly expected: string
  readonly actual: string | null
}

interface OfCertificate { readonly certificate: CertificateRole }

/** Every rule of this package: its code, and the facts an error with that code carries. The README explains each. */
export interface AttestationErrorFacts {
  // the caller's own expectations
  ROOT_INVALID: { readonly certificates: number }
  EXPECTED_PCR_INVALID: { readonly pcr: string }
  // CBOR
  DOCUMENT_SIZE_INVALID: { readonly bytes: number, readonly maximum: number }
  CBOR_MALFORMED: { readonly part: CborPart }
  CBOR_TYPE_UNEXPECTED: { readonly part: CborPart, readonly type: string }
  CBOR_KEY_REPEATED: { readonly part: CborPart }
  CBOR_TOO_DEEP: { readonly part: CborPart, readonly maximum: number }
  CBOR_TRAILING_BYTES: { readonly part: CborPart, readonly bytes: number }
  // COSE_Sign1
  COSE_TAG_UNEXPECTED: { readonly firstByte: number }
  COSE_STRUCTURE_INVALID: { readonly element: 'array' | 'protected' | 'unprotected' | 'payload' | 'signature', readonly found: Found }
  COSE_PROTECTED_HEADER_INVALID: { readonly entries: number, readonly algorithm: number | null }
  COSE_UNPROTECTED_HEADER_NOT_EMPTY: { readonly entries: number }
  PAYLOAD_SIZE_INVALID: { readonly bytes: number, readonly maximum: number }
  SIGNATURE_SIZE_INVALID: { readonly bytes: number, readonly expected: number }
  // fields of the payload
  PAYLOAD_NOT_A_MAP: { readonly found: Found }
  FIELD_MISSING: { readonly field: string }
  FIELD_UNKNOWN: { readonly field: string }
  MODULE_ID_INVALID: { readonly found: Found }
  DIGEST_INVALID: { readonly found: Found }
  TIMESTAMP_INVALID: { readonly found: Found }
  PCRS_INVALID: { readonly found: Found }
  PCR_COUNT_INVALID: { readonly count: number }
  PCR_INDEX_INVALID: { readonly found: Found, readonly index: number | null }
  PCR_VALUE_INVALID: { readonly index: number, readonly found: Found }
  CERTIFICATE_INVALID: { readonly found: Found }
  CABUNDLE_INVALID: { readonly found: Found }
  CABUNDLE_CERTIFICATE_INVALID: { readonly index: number, readonly found: Found }
  PUBLIC_KEY_INVALID: { readonly found: Found }
  USER_DATA_INVALID: { readonly found: Found }
  NONCE_INVALID: { readonly found: Found }
  // certificates and their chain
  ROOT_MISMATCH: { readonly expectedSha256: string, readonly actualSha256: string }
  CERTIFICATE_MALFORMED: OfCertificate
  CERTIFICATE_NOT_YET_VALID: OfCertificate & { readonly notBefore: number, readonly now: number }
  CERTIFICATE_EXPIRED: OfCertificate & { readonly notAfter: number, readonly now: number }
  CERTIFICATE_ALGORITHM_UNSUPPORTED: OfCertificate & { readonly algorithm: string }
  CERTIFICATE_KEY_UNSUPPORTED: OfCertificate & { readonly algorithm: string }
  CERTIFICATE_EXTENSION_REPEATED: OfCertificate & { readonly extension: string }
  CERTIFICATE_EXTENSION_UNKNOWN: OfCertificate & { readonly extension: string }
  CERTIFICATE_NOT_A_CA: OfCertificate
  CERTIFICATE_CONSTRAINTS_NOT_CRITICAL: OfCertificate
  CERTIFICATE_SIGN_MISSING: OfCertificate
  PATH_TOO_LONG: OfCertificate & { readonly pathLength: number, readonly followedBy: number }
  LEAF_IS_A_CA: OfCertificate
  LEAF_HAS_PATH_LENGTH: OfCertificate & { readonly pathLength: number }
  LEAF_DIGITAL_SIGNATURE_MISSING: OfCertificate
  CHAIN_ISSUER_MISMATCH: OfCertificate
  CHAIN_SIGNATURE_INVALID: OfCertificate
  // the document as a whole
  SIGNATURE_INVALID: { readonly bytes: number }
  NONCE_MISMATCH: { readonly expectedBytes: number, readonly actualBytes: number | null }
  PCR_MISMATCH: { readonly mismatches: readonly PcrMismatch[] }
}

/** A stable name of the one rule that a document, or the caller's expectation, broke. */
export type AttestationErrorCode = keyof AttestationErrorFacts
