import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

import { basicConstraints, keyUsage } from '../asn1/certificate-extensions.ts'
import type { KeyUsage } from '../asn1/certificate-extensions.ts'
import { issueCertificate } from '../asn1/certificate.ts'
import type { Name } from '../asn1/certificate.ts'

/** A certificate with its key. */
export interface Identity {
  /** DER. */
  readonly certificate: Buffer
  readonly subject: Name
  /** P-384. */
  readonly privateKey: KeyObject
  /** Unix milliseconds. */
  readonly notAfter: number
}

/** What a certificate of the chain says beyond its keys (RFC 5280 section 4.1). */
export interface CertificateShape {
  readonly subject: Name
  /** Unix milliseconds; a certificate holds whole seconds. */
  readonly notBefore: number
  readonly notAfter: number
  readonly keyUsages: readonly KeyUsage[]
  /** AWS marks it critical in CA certificates and not in the leaf. */
  readonly keyUsageCritical: boolean
  /** Absent: not a CA. `'unlimited'`: a CA without a limit. */
  readonly pathLength?: number | 'unlimited'
}

/** A new P-384 key and its certificate, signed with SHA-384 by the issuer; by itself when there is none. */
export function issueIdentity (shape: CertificateShape, issuer?: Pick<Identity, 'subject' | 'privateKey'>): Identity {
  const { subject, notBefore, notAfter } = shape
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'secp384r1' })
  const certificate = issueCertificate({
    subject,
    issuer: issuer?.subject ?? subject,
    publicKey: createPublicKey(privateKey),
    issuerPrivateKey: issuer?.privateKey ?? privateKey,
    digest: 'sha384',
    notBefore,
    notAfter,
    extensions: [basicConstraints(shape.pathLength), keyUsage(shape.keyUsages, shape.keyUsageCritical)],
  })
  return { certificate, subject, privateKey, notAfter }
}
