import type { EifMeasurements } from '../eif/measurements.ts'
import { extendZeroPcr, pcrBytes } from '../eif/measurements.ts'

/** Registers that are locked at boot and stand in every document (aws-nitro-enclaves-nsm-api; QEMU virtio-nsm). */
export const lockedPcrs = 16

/** What the hypervisor knows of an enclave when it boots. */
export interface BootFacts {
  readonly measurements: EifMeasurements
  /** The instance's role; none leaves PCR3 zero. */
  readonly instanceRoleArn?: string
  readonly instanceId: string
  /** Zeroes what the image gives. PCR3 and PCR4 stay, as in real documents of debug-mode enclaves. */
  readonly debugMode: boolean
}

/**
 * PCR0 to PCR15 of an enclave, 48 bytes each: 0, 1, 2 and 8 from the image, `PCR3 = SHA384(0×48 ‖ role ARN)`,
 * `PCR4 = SHA384(0×48 ‖ instance id)`, the others zero.
 */
export function bootPcrs ({ measurements, instanceRoleArn, instanceId, debugMode }: BootFacts): ReadonlyMap<number, Buffer> {
  const pcrs = new Map<number, Buffer>(Array.from({ length: lockedPcrs }, (_, index) => [index, Buffer.alloc(pcrBytes)]))
  if (!debugMode) {
    pcrs.set(0, measurements.PCR0).set(1, measurements.PCR1).set(2, measurements.PCR2)
    if (measurements.PCR8) pcrs.set(8, measurements.PCR8)
  }
  if (instanceRoleArn) pcrs.set(3, extendZeroPcr(Buffer.from(instanceRoleArn)))
  return pcrs.set(4, extendZeroPcr(Buffer.from(instanceId)))
}
