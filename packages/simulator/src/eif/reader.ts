import { SimulatorError } from '../errors.ts'
import { eifCrc } from './crc.ts'
import { eifHeaderBytes, eifMagic, eifMaxSections, eifOffsets, eifSectionHeaderBytes, eifSectionTypes, eifVersion } from './eif.ts'
import type { Eif, EifSection, EifSectionName } from './eif.ts'

/** An image as read, with what its checksum says. */
export interface ReadEif extends Eif {
  /** Whether the CRC field is that of the bytes. `describe-eif` reports it; a boot refuses when false. */
  readonly crcMatches: boolean
}

/**
 * Reads an EIF file whole.
 *
 * @param bytes - The file.
 * @throws SimulatorError `EIF_MALFORMED` when the magic, the version or a section's place, type or size is wrong.
 * A wrong CRC is reported, not thrown.
 */
export function decodeEif (bytes: Buffer): ReadEif {
  if (bytes.length < eifHeaderBytes) throw malformed(`${bytes.length} bytes are less than an EIF header`)
  if (!bytes.subarray(0, eifMagic.length).equals(eifMagic)) throw malformed('the magic is not .eif')
  const version = bytes.readUInt16BE(eifOffsets.version)
  if (version < eifVersion) throw malformed(`EIF version ${version} is older than ${eifVersion}`)
  const count = bytes.readUInt16BE(eifOffsets.sectionCount)
  if (count > eifMaxSections) throw malformed(`${count} sections announced, ${eifMaxSections} allowed`)
  return {
    version,
    flags: bytes.readUInt16BE(eifOffsets.flags),
    sections: Array.from({ length: count }, (_, index) => readSection(bytes, index)),
    crcMatches: bytes.readUInt32BE(eifOffsets.crc) === eifCrc(bytes),
  }
}

function readSection (bytes: Buffer, index: number): EifSection {
  const offset = readLength(bytes, eifOffsets.sectionOffsets + 8 * index)
  const size = readLength(bytes, eifOffsets.sectionSizes + 8 * index)
  const data = offset + eifSectionHeaderBytes
  if (offset < eifHeaderBytes || data + size > bytes.length) throw malformed(`section ${index} lies outside the file`)
  if (readLength(bytes, offset + 4) !== size) throw malformed(`section ${index} has two different sizes`)
  return { type: sectionName(bytes.readUInt16BE(offset), index), data: bytes.subarray(data, data + size) }
}

function readLength (bytes: Buffer, offset: number): number {
  const length = bytes.readBigUInt64BE(offset)
  if (length > BigInt(bytes.length)) throw malformed('an offset or size lies outside the file')
  return Number(length)
}

function sectionName (type: number, index: number): EifSectionName {
  for (const [name, value] of Object.entries(eifSectionTypes)) {
    if (value === type) return name as EifSectionName
  }
  throw malformed(`section ${index} is of unknown type ${type}`)
}

function malformed (message: string): SimulatorError {
  return new SimulatorError('EIF_MALFORMED', message)
}
