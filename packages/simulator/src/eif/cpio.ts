import { SimulatorError } from '../errors.ts'

/**
 * The "new ASCII" cpio format of initial ramdisks (Linux Documentation/driver-api/early-userspace/buffer-format.rst):
 * a header of 6 magic characters and 13 fields of 8 hex digits, the name with a NUL, padding to 4, the data, padding to 4.
 */
const magic = '070701'
const headerBytes = 110
const trailer = 'TRAILER!!!'

/** Unix file types in `mode`. */
const directoryType = 0o040000
const fileType = 0o100000

/** One entry: a file with its data, or a directory without. */
export interface CpioEntry {
  /** Path without a leading slash. */
  readonly path: string
  /** Present for files. */
  readonly data?: Buffer
  /** Permission bits. Default 0755 for directories, 0644 for files. */
  readonly permissions?: number
}

/** The archive of these entries, the same bytes for the same entries: no owner, no time, inodes numbered in order. */
export function encodeCpio (entries: readonly CpioEntry[]): Buffer {
  const archive = entries.flatMap((entry, index) => encodeEntry(entry, index + 1))
  return Buffer.concat([...archive, ...encodeEntry({ path: trailer, data: Buffer.alloc(0), permissions: 0 }, 0)])
}

function encodeEntry ({ path, data, permissions }: CpioEntry, inode: number): Buffer[] {
  const name = Buffer.from(`${path}\0`)
  const type = data ? fileType : directoryType
  const mode = type | (permissions ?? (data ? 0o644 : 0o755))
  const bytes = data?.length ?? 0
  const fields = [inode, path === trailer ? 0 : mode, 0, 0, data ? 1 : 2, 0, bytes, 0, 0, 0, 0, name.length, 0]
  const header = magic + fields.map((field) => field.toString(16).padStart(8, '0')).join('')
  return [Buffer.from(header, 'latin1'), name, padding(headerBytes + name.length), data ?? Buffer.alloc(0), padding(bytes)]
}

function padding (length: number): Buffer {
  return Buffer.alloc((4 - length % 4) % 4)
}

/**
 * The entries of an archive, in order.
 *
 * @throws SimulatorError `CPIO_MALFORMED` when a header or a length does not fit.
 */
export function decodeCpio (archive: Buffer): CpioEntry[] {
  const entries: CpioEntry[] = []
  let offset = 0
  for (;;) {
    const entry = readEntry(archive, offset)
    if (entry.path === trailer) return entries
    const { path, permissions, data, directory } = entry
    entries.push({ path, permissions, ...(!directory && { data }) })
    offset = entry.end
  }
}

function readEntry (archive: Buffer, offset: number): { path: string, data: Buffer, permissions: number, directory: boolean, end: number } {
  const header = archive.toString('latin1', offset, offset + headerBytes)
  if (header.length < headerBytes || !header.startsWith(magic)) throw new SimulatorError('CPIO_MALFORMED', `no cpio header at byte ${offset}`)
  const field = (index: number): number => Number.parseInt(header.slice(6 + 8 * index, 14 + 8 * index), 16)
  const nameEnd = offset + headerBytes + field(11)
  const dataStart = nameEnd + padding(headerBytes + field(11)).length
  const dataEnd = dataStart + field(6)
  if (!(dataEnd <= archive.length)) throw new SimulatorError('CPIO_MALFORMED', `the entry at byte ${offset} ends outside the archive`)
  return {
    path: archive.toString('utf8', offset + headerBytes, nameEnd - 1),
    data: archive.subarray(dataStart, dataEnd),
    permissions: field(1) & 0o7777,
    directory: (field(1) & 0o170000) === directoryType,
    end: dataEnd + padding(field(6)).length,
  }
}
