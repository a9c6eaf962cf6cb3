import type { EifMeasurements } from '../../eif/measurements.ts'
import type { EifMetadata } from '../../eif/metadata.ts'

/** What is known of a running enclave (`enclaves/<enclave id>/enclave.json`). */
export interface EnclaveRecord {
  readonly enclaveName: string
  readonly enclaveId: string
  readonly processId: number
  readonly enclaveCid: number
  readonly cpuIds: readonly number[]
  readonly memoryMib: number
  readonly debugMode: boolean
  /** Of the EIF file, lower-case hex: not zero in debug mode, as nitro-cli has it (issue 695). */
  readonly measurements: Measurements
  readonly metadata?: EifMetadata
}

/** The `Measurements` object of nitro-cli's answers. */
export interface Measurements {
  readonly HashAlgorithm: string
  readonly PCR0: string
  readonly PCR1: string
  readonly PCR2: string
  readonly PCR8?: string
}

/** The `Measurements` object of an image; `HashAlgorithm` is Rust's debug print of the hasher. */
export function measurementsOf ({ PCR0, PCR1, PCR2, PCR8 }: EifMeasurements): Measurements {
  return {
    HashAlgorithm: 'Sha384 { ... }',
    PCR0: PCR0.toString('hex'),
    PCR1: PCR1.toString('hex'),
    PCR2: PCR2.toString('hex'),
    ...(PCR8 && { PCR8: PCR8.toString('hex') }),
  }
}

/** The part of an enclave's id that names its socket: `<slot>` of `i-…-enc<slot>`; of anything else, the whole. */
export function slotOf (enclaveId: string): string {
  return enclaveId.split('-enc').at(-1) ?? enclaveId
}
