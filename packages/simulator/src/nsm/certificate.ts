import { createPublicKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

import { bitString, encode, explicit, objectIdentifier, sequence, tags, unsignedInteger } from '../kms/ber.ts'

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

/** A name's parts in the order of the certificate. */
export type Name = readonly (readonly [keyof typeof attributeTypes, string])[]

/** What a certificate of the chain says beyond its keys (RFC 5280 section 4.1). */
export interface CertificateShape {
  readonly subject: Name
  /** Unix milliseconds; a certificate holds whole seconds. */
  readonly notBefore: number
  readonly notAfter: number
  readonly keyUsages: readonly (keyof typeof keyUsageBits)[]
  /** AWS marks it critical in CA certificates and not in the leaf. */
  readonly keyUsageCritical: boolean
  /** Absent: not a CA. `'unlimited'`: a CA without a limit. */
  readonly pathLength?: number | 'unlimited'
}

const attributeTypes = { C: '2.5.4.6', ST: '2.5.4.8', L: '2.5.4.7', O: '2.5.4.10', OU: '2.5.4.11', CN: '2.5.4.3' } as const

/** Bits of the first byte of keyUsage (RFC 5280 section 4.2.1.3). */
const keyUsageBits = { digitalSignature: 0x80, nonRepudiation: 0x40, keyCertSign: 0x04, crlSign: 0x02 } as const

/** ecdsa-with-SHA384 (RFC 5758 section 3.2). */
const signatureAlgorithm = sequence(objectIdentifier('1.2.840.10045.4.3.3'))

/** DER BOOLEAN TRUE. */
const booleanTrue = encode(tags.boolean, Buffer.of(0xff))

/** A new P-384 key and its certificate, signed with SHA-384 by the issuer; by itself when there is none. */
export function issue (shape: CertificateShape, issuer?: Pick<Identity, 'subject' | 'privateKey'>): Identity {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'secp384r1' })
  const toBeSigned = sequence(
    explicit(0, unsignedInteger(Buffer.of(2))),
    unsignedInteger(randomBytes(16)),
    signatureAlgorithm,
    encodeName(issuer?.subject ?? shape.subject),
    sequence(encodeTime(shape.notBefore), encodeTime(shape.notAfter)),
    encodeName(shape.subject),
    createPublicKey(privateKey).export({ type: 'spki', format: 'der' }),
    explicit(3, sequence(basicConstraints(shape), keyUsage(shape)))
  )
  const signature = sign('sha384', toBeSigned, issuer?.privateKey ?? privateKey)
  const certificate = sequence(toBeSigned, signatureAlgorithm, bitString(signature))
  return { certificate, subject: shape.subject, privateKey, notAfter: shape.notAfter }
}

function basicConstraints ({ pathLength }: CertificateShape): Buffer {
  const authority = pathLength === undefined ? [] : [booleanTrue]
  const limit = typeof pathLength === 'number' ? [unsignedInteger(Buffer.of(pathLength))] : []
  return extension('2.5.29.19', true, sequence(...authority, ...limit))
}

function keyUsage ({ keyUsages, keyUsageCritical }: CertificateShape): Buffer {
  const bits = keyUsages.reduce((sum, usage) => sum | keyUsageBits[usage], 0)
  const unusedBits = 31 - Math.clz32(bits & -bits)
  return extension('2.5.29.15', keyUsageCritical, encode(tags.bitString, Buffer.of(unusedBits, bits)))
}

function extension (identifier: string, critical: boolean, value: Buffer): Buffer {
  return sequence(objectIdentifier(identifier), ...(critical ? [booleanTrue] : []), encode(tags.octetString, value))
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
