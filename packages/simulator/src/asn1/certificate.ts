import { type KeyObject, randomBytes, sign } from 'node:crypto'

import { bitString, encode, explicit, objectIdentifier, sequence, tags, unsignedInteger } from './ber.ts'

/** A name's parts in the order of the certificate. */
export type Name = readonly (readonly [type: keyof typeof attributeTypes, value: string])[]

/** What an X.509 certificate is to say; see RFC 5280 section 4.1. */
export interface CertificateRequest {
  readonly subject: Name
  /** Must equal the subject of the issuer's own certificate. */
  readonly issuer: Name
  readonly publicKey: KeyObject
  /** EC; signs with the given digest. */
  readonly issuerPrivateKey: KeyObject
  readonly digest: 'sha256' | 'sha384'
  /** Unix milliseconds; a certificate holds whole seconds. */
  readonly notBefore: number
  readonly notAfter: number
  /** DER of each, as the functions of certificate-extensions.ts make them. */
  readonly extensions: readonly Buffer[]
}

const attributeTypes = { C: '2.5.4.6', ST: '2.5.4.8', L: '2.5.4.7', O: '2.5.4.10', OU: '2.5.4.11', CN: '2.5.4.3' } as const

/** ecdsa-with-SHA256 and ecdsa-with-SHA384 (RFC 5758 section 3.2). */
const signatureAlgorithms = { sha256: '1.2.840.10045.4.3.2', sha384: '1.2.840.10045.4.3.3' } as const

/** Issues a version 3 certificate, ECDSA-signed, with a random 127-bit serial number. Answers its DER. */
export function issueCertificate (request: CertificateRequest): Buffer {
  const signatureAlgorithm = sequence(objectIdentifier(signatureAlgorithms[request.digest]))
  const toBeSigned = sequence(
    explicit(0, unsignedInteger(Buffer.of(2))),
    unsignedInteger(randomSerial()),
    signatureAlgorithm,
    encodeName(request.issuer),
    sequence(encodeTime(request.notBefore), encodeTime(request.notAfter)),
    encodeName(request.subject),
    request.publicKey.export({ type: 'spki', format: 'der' }),
    explicit(3, sequence(...request.extensions))
  )
  const signature = sign(request.digest, toBeSigned, request.issuerPrivateKey)
  return sequence(toBeSigned, signatureAlgorithm, bitString(signature))
}

/** The PEM form of a certificate's DER. */
export function toPem (der: Uint8Array): string {
  const lines = Buffer.from(der).toString('base64').replace(/.{64}/g, '$&\n').trimEnd()
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`
}

function randomSerial (): Buffer {
  const serial = randomBytes(16)
  serial.writeUInt8((serial.readUInt8(0) & 0x7f) | 0x40, 0)
  return serial
}

function encodeName (name: Name): Buffer {
  return sequence(...name.map(([type, value]) => {
    return encode(tags.set, sequence(objectIdentifier(attributeTypes[type]), encode(tags.utf8String, Buffer.from(value))))
  }))
}

// RFC 5280 section 4.1.2.5: UTCTime through 2049, GeneralizedTime from 2050.
function encodeTime (unixMs: number): Buffer {
  const digits = new Date(unixMs).toISOString().replace(/[-:T]|\.\d+/g, '')
  return digits < '2050' ? encode(tags.utcTime, Buffer.from(digits.slice(2))) : encode(tags.generalizedTime, Buffer.from(digits))
}
