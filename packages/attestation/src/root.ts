import { createHash, X509Certificate } from 'node:crypto'

import { AttestationError } from './errors.ts'

/**
 * DER of the one certificate in a PEM text.
 *
 * @throws AttestationError `ROOT_INVALID` when there is none, when it cannot be read, and when there is more than one,
 * because every one after the first would silently not be trusted
 */
export function derOf (pem: string): Buffer {
  const certificates = pem.match(/-----BEGIN CERTIFICATE-----/g)?.length ?? 0
  if (certificates !== 1) throw new AttestationError('ROOT_INVALID', { certificates })
  try {
    return new X509Certificate(pem).raw
  } catch (cause) {
    throw new AttestationError('ROOT_INVALID', { certificates }, { cause })
  }
}

/**
 * The SHA-256 of a PEM certificate's DER in lowercase hex, by which people compare roots.
 *
 * @throws AttestationError `ROOT_INVALID`
 */
export function fingerprintOf (pem: string): string {
  return sha256Of(derOf(pem))
}

/** SHA-256 in lowercase hex. */
export function sha256Of (bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
