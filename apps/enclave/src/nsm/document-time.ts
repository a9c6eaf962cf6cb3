import { decode } from 'cborg'
import { EnclaveError } from '@enclave-signer/protocol'

/** The payload's place in a COSE_Sign1 (RFC 9052 section 4.2). */
const payloadIndex = 2
/** Before this product, and after its cryptography. */
const earliest = Date.UTC(2020, 0, 1)
const latest = Date.UTC(2200, 0, 1)

/**
 * The time that an attestation document states, as Unix time in milliseconds. The document's signature is not verified: it is for documents
 * that have just come from this enclave's own NSM.
 *
 * @throws EnclaveError `NSM_FAILED` when there is none, or none that can be right.
 */
export function readTimestamp (document: Uint8Array): number {
  const timestamp = timestampIn(document)
  if (typeof timestamp === 'number' && timestamp >= earliest && timestamp < latest) return timestamp
  throw new EnclaveError('NSM_FAILED', 'the NSM\'s attestation document states no time that can be right')
}

function timestampIn (document: Uint8Array): unknown {
  try {
    const message: unknown = decode(document, { useMaps: true })
    const payload: unknown = Array.isArray(message) ? message[payloadIndex] : undefined
    const fields: unknown = payload instanceof Uint8Array ? decode(payload, { useMaps: true }) : undefined
    return fields instanceof Map ? fields.get('timestamp') : undefined
  } catch {
    return undefined
  }
}
