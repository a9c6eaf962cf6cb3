import { SimulatorError } from '../errors.ts'
import { eifCrc } from './crc.ts'
import {
  eifDefaultCpus, eifDefaultMemoryBytes, eifHeaderBytes, eifMagic, eifMaxSections, eifOffsets, eifSectionHeaderBytes, eifSectionTypes,
  eifVersion,
} from './eif.ts'
import type { Eif, EifSection } from './eif.ts'

/**
 * The bytes of an EIF file: header, then each section with its header, in the order given
 * (nitro-cli's: kernel, cmdline, metadata, ramdisks, signature), and the CRC over all of it.
 *
 * @throws SimulatorError `EIF_MALFORMED` when there are more than 32 sections.
 */
export function encodeEif ({ flags, sections }: Pick<Eif, 'flags' | 'sections'>): Buffer {
  if (sections.length > eifMaxSections) {
    const facts = { actual: sections.length, limit: eifMaxSections }
    throw new SimulatorError('EIF_MALFORMED', `an EIF holds at most ${eifMaxSections} sections, not ${sections.length}`, { facts })
  }
  const header = encodeHeader(flags, sections)
  const bytes = Buffer.concat([header, ...sections.flatMap((section) => [encodeSectionHeader(section), section.data])])
  bytes.writeUInt32BE(eifCrc(bytes), eifOffsets.crc)
  return bytes
}

function encodeHeader (flags: number, sections: readonly EifSection[]): Buffer {
  const header = Buffer.alloc(eifHeaderBytes)
  eifMagic.copy(header)
  header.writeUInt16BE(eifVersion, eifOffsets.version)
  header.writeUInt16BE(flags, eifOffsets.flags)
  header.writeBigUInt64BE(eifDefaultMemoryBytes, eifOffsets.defaultMemory)
  header.writeBigUInt64BE(eifDefaultCpus, eifOffsets.defaultCpus)
  header.writeUInt16BE(sections.length, eifOffsets.sectionCount)
  let offset = eifHeaderBytes
  for (const [index, { data }] of sections.entries()) {
    header.writeBigUInt64BE(BigInt(offset), eifOffsets.sectionOffsets + 8 * index)
    header.writeBigUInt64BE(BigInt(data.length), eifOffsets.sectionSizes + 8 * index)
    offset += eifSectionHeaderBytes + data.length
  }
  return header
}

function encodeSectionHeader ({ type, data }: EifSection): Buffer {
  const header = Buffer.alloc(eifSectionHeaderBytes)
  header.writeUInt16BE(eifSectionTypes[type], 0)
  header.writeBigUInt64BE(BigInt(data.length), 4)
  return header
}
