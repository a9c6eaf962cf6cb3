import type { KeyObject } from 'node:crypto'

import type { AttestationDocument } from './attestation-document.ts'
import { checkCa, checkCertificate, checkLeaf } from './certificate-rules.ts'
import { parseCertificate } from './certificate.ts'
import type { Certificate } from './certificate.ts'
import { AttestationError } from './errors.ts'
import { sha256Of } from './root.ts'

/** What a chain is held against. */
export interface ChainExpectations {
  /** DER of the trusted root certificate. */
  readonly root: Buffer
  /** Unix milliseconds. */
  readonly now: number
}

/**
 * Verifies the chain `[root, intermediate 1…N]` of `cabundle` down to `certificate`, and answers with the leaf's key.
 *
 * The order is fixed (nsm-api docs/attestation_process.md section 3.2.3) and the root must be the trusted one byte for byte,
 * so nothing is searched and nothing is fetched; certificate revocation lists are not used (section 3.2.4). From the root down
 * each certificate is checked before anything that it vouches for is parsed.
 *
 * @throws AttestationError with a code of the chain group
 */
export function verifyChain ({ cabundle, certificate }: AttestationDocument, { root, now }: ChainExpectations): KeyObject {
  checkRoot(cabundle[0], root)
  let issuer: Certificate | undefined
  for (const [index, der] of cabundle.entries()) {
    const ca = parseCertificate(der, index === 0 ? 'root' : `intermediate ${index}`)
    checkCertificate(ca, now)
    checkCa(ca, cabundle.length - 1 - index)
    if (issuer) checkIssued(ca, issuer)
    issuer = ca
  }
  const leaf = parseCertificate(certificate, 'leaf')
  checkCertificate(leaf, now)
  checkLeaf(leaf)
  if (issuer) checkIssued(leaf, issuer)
  return leaf.publicKey
}

function checkRoot (actual: Buffer | undefined, expected: Buffer): void {
  if (actual?.equals(expected)) return
  throw new AttestationError('ROOT_MISMATCH', { expectedSha256: sha256Of(expected), actualSha256: sha256Of(actual ?? Buffer.alloc(0)) })
}

function checkIssued ({ role, x509 }: Certificate, issuer: Certificate): void {
  // Compares names and, where the certificate has one, the authority key identifier.
  if (!x509.checkIssued(issuer.x509)) throw new AttestationError('CHAIN_ISSUER_MISMATCH', { certificate: role })
  if (!x509.verify(issuer.publicKey)) throw new AttestationError('CHAIN_SIGNATURE_INVALID', { certificate: role })
}
