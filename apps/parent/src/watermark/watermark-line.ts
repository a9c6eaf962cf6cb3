import { keyIdPattern } from '@enclave-signer/protocol'

import type { ChainedLine, LineMembers } from '../journal/chained-line.ts'

/** That a key is about to sign under a sequence. */
export interface Watermark {
  readonly keyId: string
  readonly sequence: number
}

/** A watermark as a line of the journal. */
export function watermarkLine (at: string, { keyId, sequence }: Watermark): LineMembers & Watermark {
  return { at, kind: 'watermark', keyId, sequence }
}

/** Whether a line is a watermark. */
export function isWatermarkLine (line: ChainedLine): line is ChainedLine & Watermark {
  return line.kind === 'watermark' && typeof line.keyId === 'string' && Number.isSafeInteger(line.sequence)
}

/** The watermarks that can be read in what is left of lines; of a sequence that was cut, its first digits, which are never above it. */
export function watermarksIn (bytes: Buffer): Watermark[] {
  const found = bytes.toString('latin1').matchAll(/"kind":"watermark","keyId":"([^"]*)","sequence":(\d+)/g)
  return Array.from(found, ([, keyId = '', sequence]) => ({ keyId, sequence: Number(sequence) }))
    .filter(({ keyId, sequence }) => keyIdPattern.test(keyId) && Number.isSafeInteger(sequence))
}
