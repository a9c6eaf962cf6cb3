import { crc32 } from 'node:zlib'

import { eifOffsets } from './eif.ts'

/**
 * The checksum an EIF carries: CRC-32 (IEEE, zlib's) of the whole file without the 4 bytes of the CRC field itself.
 *
 * @param bytes - The whole file, at least a header long.
 */
export function eifCrc (bytes: Buffer): number {
  return crc32(bytes.subarray(eifOffsets.crc + 4), crc32(bytes.subarray(0, eifOffsets.crc)))
}
