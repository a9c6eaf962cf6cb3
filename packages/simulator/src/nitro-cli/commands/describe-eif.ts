import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'

import { sectionsOf } from '../../eif/eif.ts'
import { measureEif } from '../../eif/measurements.ts'
import { metadataOf } from '../../eif/metadata.ts'
import { decodeEif } from '../../eif/reader.ts'
import { readSignatureSection, verifyEifSignature } from '../../eif/signature.ts'
import type { Arguments } from '../../command-line/clap.ts'
import { measurementsOf } from '../running-enclaves/enclave-record.ts'
import { NitroCliFailure } from '../failure.ts'
import { messageOf } from '../enclave-process/image-to-run.ts'
import { formatJson, imageInfo } from '../output.ts'
import type { CommandContext } from '../terminal.ts'

/** The names OpenSSL gives to the parts of an issuer's name, as nitro-cli spells them. */
const nameParts: Readonly<Record<string, string>> = {
  C: 'countryName', ST: 'stateOrProvinceName', L: 'localityName', O: 'organizationName', OU: 'organizationalUnitName', CN: 'commonName',
}

/** Signature algorithms by curve, as OpenSSL names them. */
const algorithmNames: Readonly<Record<string, string>> = {
  prime256v1: 'ecdsa-with-SHA256', secp384r1: 'ecdsa-with-SHA384', secp521r1: 'ecdsa-with-SHA512',
}

/**
 * `describe-eif`: prints what an EIF file is.
 *
 * @throws NitroCliFailure E35 when the file cannot be read as an EIF.
 */
export function describeEif (args: Arguments, { out }: CommandContext): void {
  out(formatJson(readDescription(args.value('eif-path') ?? '')))
}

function readDescription (path: string): Record<string, unknown> {
  try {
    return describe(readFileSync(path))
  } catch (cause) {
    throw new NitroCliFailure('E35', `Failed to initialize EIF reader: ${messageOf(cause)}`, { within: ['Failed to describe EIF'], cause })
  }
}

function describe (file: Buffer): Record<string, unknown> {
  const eif = decodeEif(file)
  const measurements = measureEif(eif)
  const metadata = metadataOf(eif)
  const [section] = sectionsOf(eif, 'signature')
  const signature = section && readSignatureSection(section)
  return {
    EifVersion: eif.version,
    Measurements: measurementsOf(measurements),
    IsSigned: signature !== undefined,
    ...(signature && { SigningCertificate: describeCertificate(new X509Certificate(signature.certificate)) }),
    CheckCRC: eif.crcMatches,
    ...(signature && { SignatureCheck: verifyEifSignature(signature, measurements.PCR0) }),
    ...(metadata && imageInfo(metadata)),
  }
}

function describeCertificate (certificate: X509Certificate): Record<string, unknown> {
  return {
    IssuerName: Object.fromEntries(certificate.issuer.split('\n').map((part) => {
      const [name = '', value = ''] = part.split(/=(.*)/s, 2)
      return [nameParts[name] ?? name, value]
    })),
    Algorithm: algorithmNames[certificate.publicKey.asymmetricKeyDetails?.namedCurve ?? ''] ?? 'unknown',
    NotBefore: certificate.validFrom,
    NotAfter: certificate.validTo,
    Signature: signatureOf(certificate.raw).toString('hex').toUpperCase().replace(/..(?!$)/g, '$&:'),
  }
}

/** The signature is a certificate's last member: a BIT STRING whose content begins with a byte of 0 (RFC 5280 section 4.1). */
function signatureOf (der: Buffer): Buffer {
  let offset = headerEnd(der, 0)
  for (let member = 0; member < 2; member++) offset = headerEnd(der, offset) + lengthAt(der, offset)
  return der.subarray(headerEnd(der, offset) + 1)
}

function headerEnd (der: Buffer, offset: number): number {
  const first = der.readUInt8(offset + 1)
  return offset + 2 + (first < 0x80 ? 0 : first & 0x7f)
}

function lengthAt (der: Buffer, offset: number): number {
  const first = der.readUInt8(offset + 1)
  return first < 0x80 ? first : der.readUIntBE(offset + 2, first & 0x7f)
}
