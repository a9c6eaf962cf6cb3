import { verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

import { encode } from 'cborg'

import { decodeCbor } from './cbor.ts'
import type { CborValue } from './cbor.ts'
import { AttestationError } from './errors.ts'
import { found } from './found.ts'

/** A COSE_Sign1 message (RFC 9052 section 4.2) whose form has been checked and whose signature has not. */
export interface CoseSign1 {
  /** The protected header as it was encoded, which is what was signed. */
  readonly protectedHeader: Buffer
  /** 1 to 16384 bytes. */
  readonly payload: Buffer
  /** r and s, 48 bytes each, big endian. */
  readonly signature: Buffer
}

/** nsm-api docs/attestation_process.md section 3.1: `bstr .size (1..16384)`. */
export const maximumPayloadBytes = 16384

/** The largest payload, its wrapping (108 bytes in the shortest encoding), and room for longer encodings of the lengths. */
export const maximumDocumentBytes = maximumPayloadBytes + 256

const signatureBytes = 96 // ES384 (RFC 9053 section 2.1): two integers of the curve's 48 bytes
const coseSign1Tag = 0xd2 // tag 18 in its one-byte form
const algorithmLabel = 1 // RFC 9052 section 3.1
const es384 = -35

/**
 * Decodes a COSE_Sign1 as NSMs write it: tagged 18 or untagged, protected header exactly `{1: -35}`, unprotected header empty.
 *
 * An entry in the unprotected header would be covered by no signature; AWS's text has nothing there, so nothing is accepted.
 *
 * @throws AttestationError `DOCUMENT_SIZE_INVALID`, `CBOR_…`, `COSE_…`, `PAYLOAD_SIZE_INVALID`, `SIGNATURE_SIZE_INVALID`
 */
export function decodeCoseSign1 (bytes: Uint8Array): CoseSign1 {
  if (bytes.byteLength < 1 || bytes.byteLength > maximumDocumentBytes) {
    throw new AttestationError('DOCUMENT_SIZE_INVALID', { bytes: bytes.byteLength, maximum: maximumDocumentBytes })
  }
  const [protectedHeader, payload, signature] = elementsOf(decodeCbor(withoutTag(bytes), 'document'))
  checkProtectedHeader(protectedHeader)
  if (payload.length < 1 || payload.length > maximumPayloadBytes) {
    throw new AttestationError('PAYLOAD_SIZE_INVALID', { bytes: payload.length, maximum: maximumPayloadBytes })
  }
  if (signature.length !== signatureBytes) {
    throw new AttestationError('SIGNATURE_SIZE_INVALID', { bytes: signature.length, expected: signatureBytes })
  }
  return { protectedHeader, payload, signature }
}

/**
 * Checks that `key` made the signature, over the Sig_structure of RFC 9052 section 4.4.
 *
 * Of the two signatures (r, s) and (r, n − s) both are valid, so a document has more than one hash.
 *
 * @throws AttestationError `SIGNATURE_INVALID`
 */
export function verifyCoseSign1 ({ protectedHeader, payload, signature }: CoseSign1, key: KeyObject): void {
  const signed = encode(['Signature1', protectedHeader, new Uint8Array(0), payload])
  if (!verify('sha384', signed, { key, dsaEncoding: 'ieee-p1363' }, signature)) {
    throw new AttestationError('SIGNATURE_INVALID', { bytes: signature.length })
  }
}

function withoutTag (bytes: Uint8Array): Uint8Array {
  const firstByte = bytes[0] ?? 0
  if (firstByte === coseSign1Tag) return bytes.subarray(1)
  if (firstByte >> 5 === 6) throw new AttestationError('COSE_TAG_UNEXPECTED', { firstByte })
  return bytes
}

function elementsOf (message: CborValue): [protectedHeader: Buffer, payload: Buffer, signature: Buffer] {
  if (!Array.isArray(message) || message.length !== 4) {
    throw new AttestationError('COSE_STRUCTURE_INVALID', { element: 'array', found: found(message) })
  }
  const [protectedHeader, unprotectedHeader, payload, signature] = message
  if (!(unprotectedHeader instanceof Map)) {
    throw new AttestationError('COSE_STRUCTURE_INVALID', { element: 'unprotected', found: found(unprotectedHeader) })
  }
  if (unprotectedHeader.size > 0) {
    throw new AttestationError('COSE_UNPROTECTED_HEADER_NOT_EMPTY', { entries: unprotectedHeader.size })
  }
  return [bytesOf('protected', protectedHeader), bytesOf('payload', payload), bytesOf('signature', signature)]
}

function bytesOf (element: 'protected' | 'payload' | 'signature', value: CborValue | undefined): Buffer {
  if (Buffer.isBuffer(value)) return value
  throw new AttestationError('COSE_STRUCTURE_INVALID', { element, found: found(value) })
}

function checkProtectedHeader (bytes: Buffer): void {
  // RFC 9052 section 3: an empty header may be written as an empty byte string.
  const header = bytes.length === 0 ? new Map<CborValue, CborValue>() : decodeCbor(bytes, 'protected header')
  const entries = header instanceof Map ? header.size : 0
  const algorithm = header instanceof Map ? header.get(algorithmLabel) : undefined
  if (entries !== 1 || algorithm !== es384) {
    throw new AttestationError('COSE_PROTECTED_HEADER_INVALID', { entries, algorithm: typeof algorithm === 'number' ? algorithm : null })
  }
}
