import { basicConstraintsOid, keyUsageOid } from './certificate.ts'
import type { Certificate } from './certificate.ts'
import { AttestationError } from './errors.ts'

const ecdsaWithSha384 = '1.2.840.10045.4.3.3' // RFC 5758 section 3.2
const ecPublicKey = '1.2.840.10045.2.1' // RFC 5480 section 2.1.1
const secp384r1Parameters = '06052b81040022' // DER of the object identifier 1.3.132.0.34; explicit parameters are not accepted

/** A critical extension outside this list changes the meaning of a certificate in a way that is not understood (RFC 5280 section 4.2). */
const understoodExtensions: ReadonlySet<string> = new Set([basicConstraintsOid, keyUsageOid])

/**
 * The rules that every certificate of a chain obeys at the time `now`, in unix milliseconds; both ends of the validity belong to it.
 *
 * @throws AttestationError `CERTIFICATE_NOT_YET_VALID`, `CERTIFICATE_EXPIRED`, `CERTIFICATE_ALGORITHM_UNSUPPORTED`,
 * `CERTIFICATE_KEY_UNSUPPORTED`, `CERTIFICATE_EXTENSION_REPEATED`, `CERTIFICATE_EXTENSION_UNKNOWN`
 */
export function checkCertificate (certificate: Certificate, now: number): void {
  checkValidity(certificate, now)
  checkAlgorithms(certificate)
  checkExtensions(certificate)
}

/**
 * The rules of a CA with `followedBy` further CAs between it and the leaf
 * (nsm-api docs/attestation_process.md sections 3.2.3.2 and 3.2.3.3).
 *
 * @throws AttestationError `CERTIFICATE_NOT_A_CA`, `CERTIFICATE_CONSTRAINTS_NOT_CRITICAL`, `CERTIFICATE_SIGN_MISSING`, `PATH_TOO_LONG`
 */
export function checkCa ({ role, ...ca }: Certificate, followedBy: number): void {
  if (!ca.isCa) throw new AttestationError('CERTIFICATE_NOT_A_CA', { certificate: role })
  if (!ca.extensions.some(({ oid, critical }) => oid === basicConstraintsOid && critical)) {
    throw new AttestationError('CERTIFICATE_CONSTRAINTS_NOT_CRITICAL', { certificate: role })
  }
  if (!ca.maySignCertificates) throw new AttestationError('CERTIFICATE_SIGN_MISSING', { certificate: role })
  if (ca.pathLength !== undefined && ca.pathLength < followedBy) {
    throw new AttestationError('PATH_TOO_LONG', { certificate: role, pathLength: ca.pathLength, followedBy })
  }
}

/**
 * The rules of the certificate that signs the document (the same sections).
 *
 * @throws AttestationError `LEAF_IS_A_CA`, `LEAF_HAS_PATH_LENGTH`, `LEAF_DIGITAL_SIGNATURE_MISSING`
 */
export function checkLeaf ({ role, ...leaf }: Certificate): void {
  if (leaf.isCa) throw new AttestationError('LEAF_IS_A_CA', { certificate: role })
  if (leaf.pathLength !== undefined) throw new AttestationError('LEAF_HAS_PATH_LENGTH', { certificate: role, pathLength: leaf.pathLength })
  if (!leaf.mayDigitallySign) throw new AttestationError('LEAF_DIGITAL_SIGNATURE_MISSING', { certificate: role })
}

function checkValidity ({ role, notBefore, notAfter }: Certificate, now: number): void {
  // Written so that NaN on either side is refused.
  if (!(now >= notBefore)) throw new AttestationError('CERTIFICATE_NOT_YET_VALID', { certificate: role, notBefore, now })
  if (!(now <= notAfter)) throw new AttestationError('CERTIFICATE_EXPIRED', { certificate: role, notAfter, now })
}

function checkAlgorithms ({ role, signatureAlgorithm, keyAlgorithm, keyParameters }: Certificate): void {
  if (signatureAlgorithm !== ecdsaWithSha384) {
    throw new AttestationError('CERTIFICATE_ALGORITHM_UNSUPPORTED', { certificate: role, algorithm: signatureAlgorithm })
  }
  if (keyAlgorithm !== ecPublicKey || keyParameters !== secp384r1Parameters) {
    throw new AttestationError('CERTIFICATE_KEY_UNSUPPORTED', { certificate: role, algorithm: keyAlgorithm })
  }
}

function checkExtensions ({ role, extensions }: Certificate): void {
  const seen = new Set<string>()
  for (const { oid, critical } of extensions) {
    if (seen.has(oid)) throw new AttestationError('CERTIFICATE_EXTENSION_REPEATED', { certificate: role, extension: oid })
    if (critical && !understoodExtensions.has(oid)) {
      throw new AttestationError('CERTIFICATE_EXTENSION_UNKNOWN', { certificate: role, extension: oid })
    }
    seen.add(oid)
  }
}
