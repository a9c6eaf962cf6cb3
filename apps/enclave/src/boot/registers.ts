import type { NsmModule } from '../nsm/nsm.ts'
import type { Log } from '../log.ts'
import { BootError } from './boot-error.ts'

/** Says which NSM this is and which enclave it measured. In debug mode PCR0 is zero, and nothing KMS protects by it is within reach. */
export async function describeNsm (nsm: Pick<NsmModule, 'describeNsm' | 'describePcr'>, log: Log): Promise<void> {
  const { moduleId, version } = await nsm.describeNsm()
  const { value } = await nsm.describePcr(0)
  const mode = value.every(byte => byte === 0) ? 'debug' : 'production'
  log({ level: 'info', event: 'nsm.described', moduleId, nsmVersion: version, pcr0: value.toString('hex'), mode })
}

/**
 * Locks every register of the NSM, so that nothing in this life of the enclave can extend one: PCR0 to PCR15 are locked by the
 * hypervisor, and PCR16 and up are free until then (AWS Nitro Enclaves NSM API). What attestation documents say of this enclave is
 * settled from here on.
 *
 * @throws BootError `REGISTERS_OPEN`; EnclaveError `NSM_FAILED`.
 */
export async function lockRegisters (nsm: Pick<NsmModule, 'describeNsm' | 'lockPcrs'>): Promise<void> {
  const { maxPcrs } = await nsm.describeNsm()
  await nsm.lockPcrs(maxPcrs)
  const { lockedPcrs } = await nsm.describeNsm()
  if (lockedPcrs.size !== maxPcrs) throw new BootError('REGISTERS_OPEN', `${maxPcrs - lockedPcrs.size} of ${maxPcrs} registers are not locked`)
}
