/**
 * The Enclave Image Format, version 4, as its public description gives it
 * (aws/aws-nitro-enclaves-image-format, README.md and src/defs/mod.rs). All integers are big endian.
 */

/** The four bytes that every EIF begins with. */
export const eifMagic = Buffer.from('.eif', 'latin1')

/** The version that nitro-cli 1.x writes. */
export const eifVersion = 4

/** Bytes of the file header, with its two tables of 32 entries and the CRC at its end. */
export const eifHeaderBytes = 548

/** Bytes of the header before each section's data: u16 type, u16 flags, u64 size. */
export const eifSectionHeaderBytes = 12

/** Entries of the section tables. */
export const eifMaxSections = 32

/** Offsets of the header's fields. */
export const eifOffsets = {
  version: 0x04,
  flags: 0x06,
  defaultMemory: 0x08,
  defaultCpus: 0x10,
  sectionCount: 0x1a,
  sectionOffsets: 0x1c,
  sectionSizes: 0x11c,
  crc: 0x220,
} as const

/** Bit 0 of the header's flags: the kernel is for arm64. */
export const eifFlagArm64 = 1

/** `default_mem` and `default_cpus` as EifBuilder writes them; nitro-cli ignores both. */
export const eifDefaultMemoryBytes = 1024n ** 3n
export const eifDefaultCpus = 2n

/** Section types by name. */
export const eifSectionTypes = { kernel: 1, cmdline: 2, ramdisk: 3, signature: 4, metadata: 5 } as const

/** A section type's name. */
export type EifSectionName = keyof typeof eifSectionTypes

/** One section: its type and its data, any number of bytes. */
export interface EifSection {
  readonly type: EifSectionName
  readonly data: Buffer
}

/** An image: the header's fields that carry information, and the sections in file order. */
export interface Eif {
  /** Always {@link eifVersion} when written; what the file says when read. */
  readonly version: number
  /** {@link eifFlagArm64} or 0. Not measured. */
  readonly flags: number
  readonly sections: readonly EifSection[]
}

/** The data of every section of one type, in file order. */
export function sectionsOf (eif: Pick<Eif, 'sections'>, type: EifSectionName): Buffer[] {
  return eif.sections.filter((section) => section.type === type).map((section) => section.data)
}
