import type { AttestationDocument } from './attestation-document.ts'
import { decodeCoseSign1 } from './cose-sign1.ts'
import { decodePayload } from './payload.ts'

/**
 * Reads a document without believing it: form and field rules are checked, no certificate and no signature is.
 *
 * @param bytes - the document as the NSM returned it, at most 16 KiB
 * @throws AttestationError with a code of the CBOR, COSE_Sign1 or payload group
 */
export function decodeAttestationDocumentUnverified (bytes: Uint8Array): AttestationDocument {
  return decodePayload(decodeCoseSign1(bytes).payload)
}
