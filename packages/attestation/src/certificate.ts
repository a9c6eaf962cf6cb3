import { X509Certificate } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

import { AsnConvert } from '@peculiar/asn1-schema'
import { BasicConstraints, Certificate as AsnCertificate, KeyUsage, KeyUsageFlags } from '@peculiar/asn1-x509'
import type { Extension } from '@peculiar/asn1-x509'

import type { CertificateRole } from './error-facts.ts'
import { AttestationError } from './errors.ts'

/** A certificate as far as the rules of the chain ask. */
export interface Certificate {
  readonly role: CertificateRole
  /** OpenSSL's view, for issuer and signature. */
  readonly x509: X509Certificate
  readonly publicKey: KeyObject
  /** Unix milliseconds; NaN where OpenSSL cannot read the time, which no comparison then accepts. */
  readonly notBefore: number
  readonly notAfter: number
  /** Object identifier of the algorithm the certificate is signed with. */
  readonly signatureAlgorithm: string
  /** Object identifier of the key's algorithm, and hex of the DER that says its curve. */
  readonly keyAlgorithm: string
  readonly keyParameters: string
  readonly extensions: readonly { readonly oid: string, readonly critical: boolean }[]
  readonly isCa: boolean
  /** How many CAs may follow on the way to the leaf; undefined is any number. */
  readonly pathLength: number | undefined
  readonly mayDigitallySign: boolean
  readonly maySignCertificates: boolean
}

/** Object identifiers of the two extensions that the rules read (RFC 5280 sections 4.2.1.3 and 4.2.1.9). */
export const keyUsageOid = '2.5.29.15'
export const basicConstraintsOid = '2.5.29.19'

/**
 * Reads a DER certificate twice: OpenSSL for times, names and signatures, and the schema for what node:crypto does not tell
 * (its `X509Certificate.keyUsage` is the *extended* key usage, and it has no path length).
 *
 * @throws AttestationError `CERTIFICATE_MALFORMED` for anything but exactly one DER certificate with one key
 */
export function parseCertificate (der: Buffer, role: CertificateRole): Certificate {
  try {
    return describe(AsnConvert.parse(der, AsnCertificate), openSslCertificate(der), role)
  } catch (cause) {
    throw new AttestationError('CERTIFICATE_MALFORMED', { certificate: role }, { cause })
  }
}

function openSslCertificate (der: Buffer): X509Certificate {
  const x509 = new X509Certificate(der)
  // The constructor also reads PEM, and stops at the certificate's end.
  if (!x509.raw.equals(der)) throw new Error('not the DER of one certificate')
  return x509
}

function describe (asn: AsnCertificate, x509: X509Certificate, role: CertificateRole): Certificate {
  const { algorithm: key } = asn.tbsCertificate.subjectPublicKeyInfo
  const extensions: readonly Extension[] = asn.tbsCertificate.extensions ?? []
  const constraints = read(extensions, basicConstraintsOid, BasicConstraints)
  const usage = read(extensions, keyUsageOid, KeyUsage)?.toNumber() ?? 0
  return {
    role,
    x509,
    publicKey: x509.publicKey,
    notBefore: x509.validFromDate.getTime(),
    notAfter: x509.validToDate.getTime(),
    signatureAlgorithm: asn.signatureAlgorithm.algorithm,
    keyAlgorithm: key.algorithm,
    keyParameters: key.parameters ? Buffer.from(key.parameters).toString('hex') : '',
    extensions: extensions.map(({ extnID, critical }) => ({ oid: extnID, critical })),
    isCa: constraints?.cA ?? false,
    pathLength: constraints?.pathLenConstraint,
    mayDigitallySign: (usage & KeyUsageFlags.digitalSignature) !== 0,
    maySignCertificates: (usage & KeyUsageFlags.keyCertSign) !== 0,
  }
}

function read<T> (extensions: readonly Extension[], oid: string, schema: new () => T): T | undefined {
  const extension = extensions.find(({ extnID }) => extnID === oid)
  return extension && AsnConvert.parse(extension.extnValue.buffer, schema)
}
