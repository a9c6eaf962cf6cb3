import { X509Certificate } from 'node:crypto'
import { accessSync, constants, readFileSync, statSync } from 'node:fs'

import { sectionsOf } from '../../eif/eif.ts'
import { readEnclaveCommand } from '../../eif/enclave-image.ts'
import type { EnclaveCommand } from '../../eif/enclave-image.ts'
import { measureEif } from '../../eif/measurements.ts'
import type { EifMeasurements } from '../../eif/measurements.ts'
import { metadataOf } from '../../eif/metadata.ts'
import type { EifMetadata } from '../../eif/metadata.ts'
import { decodeEif } from '../../eif/reader.ts'
import type { ReadEif } from '../../eif/reader.ts'
import { readSignatureSection, verifyEifSignature } from '../../eif/signature.ts'
import { NitroCliFailure } from '../failure.ts'

/** An image that may be booted. */
export interface ImageToRun {
  readonly measurements: EifMeasurements
  readonly metadata?: EifMetadata
  readonly eif: ReadEif
}

/** An EIF file that is there. */
export interface ImageFile {
  readonly bytes: number
  /**
   * Reads it and checks its signature, if it has one, with its certificate's dates.
   *
   * @throws NitroCliFailure E59 when it is no EIF or the signature is not valid.
   */
  readonly read: () => ImageToRun
}

/**
 * Finds an EIF file.
 *
 * @throws NitroCliFailure E19 when it cannot be read.
 */
export function openImage (path: string): ImageFile {
  try {
    accessSync(path, constants.R_OK)
    return { bytes: statSync(path).size, read: () => checkImage(readFileSync(path)) }
  } catch (cause) {
    throw new NitroCliFailure('E19', `Failed to open the EIF file: ${codeOf(cause)}`, { info: [path, 'Open'], cause })
  }
}

function checkImage (file: Buffer): ImageToRun {
  try {
    const eif = decodeEif(file)
    const measurements = measureEif(eif)
    const [section] = sectionsOf(eif, 'signature')
    if (section) checkSignature(section, measurements.PCR0)
    const metadata = metadataOf(eif)
    return { eif, measurements, ...(metadata && { metadata }) }
  } catch (cause) {
    if (cause instanceof NitroCliFailure) throw cause
    throw new NitroCliFailure('E59', `Failed to create EIF signature checker: ${messageOf(cause)}`, { cause })
  }
}

function checkSignature (section: Buffer, pcr0: Buffer): void {
  const signature = readSignatureSection(section)
  const { validFromDate, validToDate } = new X509Certificate(signature.certificate)
  const now = Date.now()
  if (now < validFromDate.getTime() || now > validToDate.getTime()) {
    throw new NitroCliFailure('E59', 'Invalid signing certificate: the certificate is not valid now')
  }
  if (!verifyEifSignature(signature, pcr0)) throw new NitroCliFailure('E59', 'Invalid signing certificate: the signature does not match PCR0')
}

/**
 * What the hypervisor does with the image: checks its CRC and takes the command out of the second ramdisk.
 *
 * @throws Error with the reason for which the image does not boot.
 */
export function bootableCommand (eif: ReadEif): EnclaveCommand {
  if (!eif.crcMatches) throw new Error('the CRC of the EIF does not match its content')
  return readEnclaveCommand(eif)
}

function codeOf (error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : messageOf(error)
}

/** An error's message, whatever was thrown. */
export function messageOf (error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
