import { createHash, type KeyObject } from 'node:crypto'

import { encode, objectIdentifier, sequence, tags, unsignedInteger } from './ber.ts'

/** A word of keyUsage. */
export type KeyUsage = keyof typeof keyUsageBits

/** Bits of keyUsage (RFC 5280 section 4.2.1.3), in the first byte of its BIT STRING. */
const keyUsageBits = { digitalSignature: 0x80, nonRepudiation: 0x40, keyCertSign: 0x04, cRLSign: 0x02 } as const

/** DER BOOLEAN TRUE. */
const booleanTrue = encode(tags.boolean, Buffer.of(0xff))

/** basicConstraints, critical: not an authority, one without a limit, or one with at most this many authorities below it. */
export function basicConstraints (pathLength?: number | 'unlimited'): Buffer {
  const authority = pathLength === undefined ? [] : [booleanTrue]
  const limit = typeof pathLength === 'number' ? [unsignedInteger(Buffer.of(pathLength))] : []
  return extension('2.5.29.19', true, sequence(...authority, ...limit))
}

/**
 * keyUsage.
 *
 * @param critical - Default true, as RFC 5280 asks for; AWS's leaf certificates have it otherwise.
 */
export function keyUsage (usages: readonly KeyUsage[], critical = true): Buffer {
  const bits = usages.reduce((sum, usage) => sum | keyUsageBits[usage], 0)
  const unusedBits = 31 - Math.clz32(bits & -bits)
  return extension('2.5.29.15', critical, encode(tags.bitString, Buffer.of(unusedBits, bits)))
}

/** extendedKeyUsage: TLS server authentication. */
export function serverAuthentication (): Buffer {
  return extension('2.5.29.37', false, sequence(objectIdentifier('1.3.6.1.5.5.7.3.1')))
}

/** subjectAltName with DNS names and IPv4 addresses. */
export function subjectAlternativeNames (hostNames: readonly string[], addresses: readonly string[]): Buffer {
  return extension('2.5.29.17', false, sequence(
    ...hostNames.map((name) => encode(0x82, Buffer.from(name, 'ascii'))),
    ...addresses.map((address) => encode(0x87, Buffer.from(address.split('.').map(Number))))
  ))
}

/** subjectKeyIdentifier and authorityKeyIdentifier. */
export function keyIdentifiers (publicKey: KeyObject, issuerPublicKey: KeyObject): Buffer[] {
  return [
    extension('2.5.29.14', false, encode(tags.octetString, keyIdentifier(publicKey))),
    extension('2.5.29.35', false, sequence(encode(0x80, keyIdentifier(issuerPublicKey)))),
  ]
}

// RFC 7093 section 2, method 4.
function keyIdentifier (publicKey: KeyObject): Buffer {
  return createHash('sha256').update(publicKey.export({ type: 'spki', format: 'der' })).digest().subarray(0, 20)
}

function extension (identifier: string, critical: boolean, value: Buffer): Buffer {
  return sequence(objectIdentifier(identifier), ...(critical ? [booleanTrue] : []), encode(tags.octetString, value))
}
