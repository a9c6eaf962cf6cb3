import { createHash, X509Certificate } from 'node:crypto'

import { sectionsOf } from './eif.ts'
import type { Eif } from './eif.ts'
import { readSignatureSection } from './signature.ts'

/** Bytes of a PCR: a SHA-384 digest. */
export const pcrBytes = 48

/** The measurements an EIF gives to an enclave: 48 bytes each; PCR8 only of a signed image. */
export interface EifMeasurements {
  readonly PCR0: Buffer
  readonly PCR1: Buffer
  readonly PCR2: Buffer
  readonly PCR8?: Buffer
}

/**
 * One extension of a zero register: `SHA384(0x00 × 48 ‖ data digest)`, where PCR0, 1, 2 and 8 extend with SHA384 of their data,
 * PCR3 and PCR4 with the data itself.
 *
 * @param extension - The bytes to extend with, any number.
 */
export function extendZeroPcr (extension: Uint8Array): Buffer {
  return createHash('sha384').update(Buffer.alloc(pcrBytes)).update(extension).digest()
}

/** The register that measures these parts: SHA-384 of them joined, extended into a zero register. */
export function measure (parts: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha384')
  for (const part of parts) hash.update(part)
  return extendZeroPcr(hash.digest())
}

/**
 * PCR0 measures kernel, command line and all ramdisks; PCR1 kernel, command line and the first ramdisk; PCR2 the other ramdisks;
 * PCR8 the signing certificate's DER. Header and metadata are not measured.
 *
 * @throws SimulatorError `EIF_SIGNATURE_INVALID` when there is a signature section that cannot be read.
 */
export function measureEif (eif: Pick<Eif, 'sections'>): EifMeasurements {
  const boot = [...sectionsOf(eif, 'kernel'), ...sectionsOf(eif, 'cmdline')]
  const [first, ...others] = sectionsOf(eif, 'ramdisk')
  const bootstrap = first === undefined ? [] : [first]
  const [signature] = sectionsOf(eif, 'signature')
  return {
    PCR0: measure([...boot, ...bootstrap, ...others]),
    PCR1: measure([...boot, ...bootstrap]),
    PCR2: measure(others),
    ...(signature && { PCR8: measure([new X509Certificate(readSignatureSection(signature).certificate).raw]) }),
  }
}
