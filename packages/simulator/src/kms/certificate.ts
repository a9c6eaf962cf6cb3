import { createHash, type KeyObject, randomBytes, sign } from 'node:crypto'
import { bitString, encode, explicit, objectIdentifier, sequence, tags, unsignedInteger } from './ber.ts'

/** What an X.509 certificate is to say; see RFC 5280 section 4.1. */
export interface CertificateRequest {
  /** Common names; the issuer's must equal the subject of the issuer's own certificate. */
  readonly subject: string
  readonly issuer: string
  readonly publicKey: KeyObject
  readonly issuerPublicKey: KeyObject
  /** The issuer's private key: EC, signing with the given digest. */
  readonly issuerPrivateKey: KeyObject
  readonly digest: 'sha256' | 'sha384'
  readonly notBefore: Date
  readonly notAfter: Date
  /** DER of further extensions, made by {@link keyUsage} and its siblings. Key identifiers are added by themselves. */
  readonly extensions: readonly Buffer[]
}

const signatureAlgorithms = { sha256: '1.2.840.10045.4.3.2', sha384: '1.2.840.10045.4.3.3' } as const

/** Bits of keyUsage (RFC 5280 section 4.2.1.3), in the first byte of its BIT STRING. */
export const keyUsages = { digitalSignature: 0x80, nonRepudiation: 0x40, keyCertSign: 0x04, cRLSign: 0x02 } as const

/** Issues a version 3 certificate, ECDSA-signed, with a random 127-bit serial number. Answers its DER. */
export function issueCertificate (request: CertificateRequest): Buffer {
  const signatureAlgorithm = sequence(objectIdentifier(signatureAlgorithms[request.digest]))
  const toBeSigned = sequence(
    explicit(0, unsignedInteger(Buffer.of(2))),
    unsignedInteger(randomSerial()),
    signatureAlgorithm,
    commonName(request.issuer),
    sequence(time(request.notBefore), time(request.notAfter)),
    commonName(request.subject),
    spkiOf(request.publicKey),
    explicit(3, sequence(...keyIdentifiers(request), ...request.extensions))
  )
  const signature = sign(request.digest, toBeSigned, request.issuerPrivateKey)
  return sequence(toBeSigned, signatureAlgorithm, bitString(signature))
}

/** The PEM form of a certificate's DER. */
export function toPem (der: Uint8Array): string {
  const lines = Buffer.from(der).toString('base64').replace(/.{64}/g, '$&\n').trimEnd()
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`
}

/** basicConstraints, critical; `pathLength` only for certificate authorities that limit it. */
export function basicConstraints (isAuthority: boolean, pathLength?: number): Buffer {
  const authority = isAuthority ? [encode(tags.boolean, Buffer.of(0xff))] : []
  const limit = pathLength === undefined ? [] : [unsignedInteger(Buffer.of(pathLength))]
  return extension('2.5.29.19', true, sequence(...authority, ...limit))
}

/** keyUsage, critical. */
export function keyUsage (...usages: readonly (keyof typeof keyUsages)[]): Buffer {
  const bits = usages.reduce((sum, usage) => sum | keyUsages[usage], 0)
  const unusedBits = Math.clz32(bits & -bits) ^ 31
  return extension('2.5.29.15', true, encode(tags.bitString, Buffer.of(unusedBits, bits)))
}

/** extendedKeyUsage: TLS server authentication. */
export function serverAuthentication (): Buffer {
  return extension('2.5.29.37', false, sequence(objectIdentifier('1.3.6.1.5.5.7.3.1')))
}

/** subjectAltName with DNS names and IPv4 addresses. */
export function subjectAlternativeNames (hostNames: readonly string[], addresses: readonly string[]): Buffer {
  return extension('2.5.29.17', false, sequence(
    ...hostNames.map(name => encode(0x82, Buffer.from(name, 'ascii'))),
    ...addresses.map(address => encode(0x87, Buffer.from(address.split('.').map(Number))))
  ))
}

function keyIdentifiers ({ publicKey, issuerPublicKey }: CertificateRequest): Buffer[] {
  return [
    extension('2.5.29.14', false, encode(tags.octetString, keyIdentifier(publicKey))),
    extension('2.5.29.35', false, sequence(encode(0x80, keyIdentifier(issuerPublicKey)))),
  ]
}

function extension (identifier: string, critical: boolean, value: Buffer): Buffer {
  return sequence(
    objectIdentifier(identifier),
    ...(critical ? [encode(tags.boolean, Buffer.of(0xff))] : []),
    encode(tags.octetString, value)
  )
}

function commonName (name: string): Buffer {
  const attribute = sequence(objectIdentifier('2.5.4.3'), encode(tags.utf8String, Buffer.from(name)))
  return sequence(encode(tags.set, attribute))
}

// RFC 5280 section 4.1.2.5: UTCTime through 2049, GeneralizedTime from 2050.
function time (moment: Date): Buffer {
  const digits = moment.toISOString().replace(/[-:T]|\.\d+/g, '')
  return moment.getUTCFullYear() < 2050
    ? encode(tags.utcTime, Buffer.from(digits.slice(2)))
    : encode(tags.generalizedTime, Buffer.from(digits))
}

function randomSerial (): Buffer {
  const serial = randomBytes(16)
  serial.writeUInt8((serial.readUInt8(0) & 0x7f) | 0x40, 0)
  return serial
}

// RFC 7093 section 2, method 4.
function keyIdentifier (publicKey: KeyObject): Buffer {
  return createHash('sha256').update(spkiOf(publicKey)).digest().subarray(0, 20)
}

function spkiOf (publicKey: KeyObject): Buffer {
  return publicKey.export({ type: 'spki', format: 'der' })
}
