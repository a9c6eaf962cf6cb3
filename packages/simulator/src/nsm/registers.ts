import { createHash } from 'node:crypto'

import { SimulatorError } from '../errors.ts'
import { pcrBytes } from '../eif/measurements.ts'

/** How many registers an NSM has (aws-nitro-enclaves-nsm-api; QEMU virtio-nsm). */
export const registerCount = 32

/** The registers of one enclave's NSM. What the hypervisor has set is locked from the start. */
export interface Registers {
  /** Those that are locked, by index: what attestation documents state. Changes with the registers. */
  readonly locked: ReadonlyMap<number, Buffer>
  /** @throws SimulatorError `NSM_REFUSED` with `nsmError: 'InvalidIndex'`, as the others do. */
  describe (index: number): { readonly data: Buffer, readonly lock: boolean }
  /**
   * Sets a register to `SHA384(register ‖ data)`.
   *
   * @throws SimulatorError `NSM_REFUSED` with `nsmError: 'ReadOnlyIndex'` for a locked one.
   */
  extend (index: number, data: Uint8Array): Buffer
  /** @throws as {@link Registers.extend} */
  lock (index: number): void
  /** Locks the registers below `range`, those that are locked already too. */
  lockRange (range: number): void
}

/**
 * @param pcrs - What is locked at boot, 48 bytes each; the others are zero and free.
 */
export function createRegisters (pcrs: ReadonlyMap<number, Buffer>): Registers {
  const values = Array.from({ length: registerCount }, (_, index) => pcrs.get(index) ?? Buffer.alloc(pcrBytes))
  const locked = new Map(pcrs)
  const valueOf = (index: number): Buffer => values[index] ?? refuse('InvalidIndex', index)
  const expectFree = (index: number): void => { if (locked.has(index)) refuse('ReadOnlyIndex', index) }
  const lock = (index: number): void => { locked.set(index, valueOf(index)) }
  return {
    locked,
    describe: (index) => ({ data: valueOf(index), lock: locked.has(index) }),
    extend (index, data) {
      const value = createHash('sha384').update(valueOf(index)).update(data).digest()
      expectFree(index)
      values[index] = value
      return value
    },
    lock (index) {
      expectFree(index)
      lock(index)
    },
    lockRange (range) {
      if (range > registerCount) refuse('InvalidIndex', range)
      for (let index = 0; index < range; index++) lock(index)
    },
  }
}

function refuse (nsmError: string, index: number): never {
  throw new SimulatorError('NSM_REFUSED', `${nsmError}: register ${index}`, { facts: { nsmError, actual: index, limit: registerCount } })
}
