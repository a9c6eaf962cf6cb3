import type { CborValue } from './cbor.ts'
import { AttestationError } from './errors.ts'
import { found } from './found.ts'

/** nsm-api docs/attestation_process.md section 3.2.2.2: 1 to 32 PCRs, indices 0 to 31. */
const maximumPcrs = 32

/** The sizes that section allows whatever the digest, although the only digest, SHA384, makes 48. */
const pcrBytes: readonly number[] = [32, 48, 64]

/**
 * The PCRs by index, from the payload's `pcrs`.
 *
 * @throws AttestationError `PCRS_INVALID`, `PCR_COUNT_INVALID`, `PCR_INDEX_INVALID`, `PCR_VALUE_INVALID`
 */
export function decodePcrs (value: CborValue | undefined): ReadonlyMap<number, Buffer> {
  if (!(value instanceof Map)) throw new AttestationError('PCRS_INVALID', { found: found(value) })
  if (value.size < 1 || value.size > maximumPcrs) throw new AttestationError('PCR_COUNT_INVALID', { count: value.size })
  const pcrs = new Map<number, Buffer>()
  for (const [key, content] of value) {
    const index = decodeIndex(key)
    pcrs.set(index, decodeContent(index, content))
  }
  return pcrs
}

function decodeIndex (key: CborValue): number {
  if (typeof key === 'number' && key >= 0 && key < maximumPcrs) return key
  throw new AttestationError('PCR_INDEX_INVALID', { found: found(key), index: typeof key === 'number' ? key : null })
}

function decodeContent (index: number, content: CborValue): Buffer {
  if (Buffer.isBuffer(content) && pcrBytes.includes(content.length)) return content
  throw new AttestationError('PCR_VALUE_INVALID', { index, found: found(content) })
}
