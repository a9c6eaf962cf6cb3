import { decodeCoseSign1, verifyCoseSign1 } from './cose-sign1.ts'
import type { AttestationDocument } from './attestation-document.ts'
import { verifyChain } from './chain.ts'
import { AttestationError } from './errors.ts'
import { checkExpectedPcrs, matchPcrs } from './measurements.ts'
import type { Measurements } from './measurements.ts'
import { decodePayload } from './payload.ts'
import { derOf } from './root.ts'

/** What a document is held against. */
export interface VerifyOptions {
  /** PEM of the one trusted root certificate. */
  readonly root: string
  /** The time at which every certificate must be valid, unix milliseconds. NSM leaves live for three hours. */
  readonly now: number
  /** The challenge the document must repeat; without it an old document passes as long as its leaf is valid. */
  readonly nonce?: Uint8Array
  /** PCRs that must be in the document, in hex; without any, every enclave on AWS passes. */
  readonly expectedPcrs?: Measurements
}

/**
 * Verifies an attestation document and answers with what it attests. No I/O.
 *
 * In this order: form, fields, chain, signature, nonce, PCRs. A document of a debug-mode enclave verifies like any other:
 * ask `isDebugMode`, or expect a PCR0.
 *
 * @param bytes - the document as the NSM returned it
 * @throws AttestationError, and nothing else whatever `bytes` holds; its `code` names the first rule that was broken
 */
export function verifyAttestationDocument (bytes: Uint8Array, options: VerifyOptions): AttestationDocument {
  const { now, nonce, expectedPcrs } = options
  const root = derOf(options.root)
  if (expectedPcrs) checkExpectedPcrs(expectedPcrs)

  const sign1 = decodeCoseSign1(bytes)
  const document = decodePayload(sign1.payload)
  const leafKey = verifyChain(document, { root, now })
  verifyCoseSign1(sign1, leafKey)
  if (nonce) matchNonce(document, nonce)
  if (expectedPcrs) matchPcrs(document, expectedPcrs)
  return document
}

function matchNonce (document: AttestationDocument, expected: Uint8Array): void {
  if (document.nonce?.equals(expected)) return
  throw new AttestationError('NONCE_MISMATCH', { expectedBytes: expected.byteLength, actualBytes: document.nonce?.length ?? null })
}
