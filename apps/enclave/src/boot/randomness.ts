import { erase, ownBytes } from '../bytes.ts'
import type { Log } from '../log.ts'
import type { Nsm } from '../nsm/nsm.ts'
import { creditKernelPool, writeKernelPool } from './kernel-randomness.ts'
import { seedOpenssl } from './openssl-randomness.ts'

/** Twice what either generator holds (256 bits). How much one call to the NSM gives is not stated anywhere. */
const wantedBytes = 64

/**
 * Mixes the NSM's random bytes into the kernel's pool and into OpenSSL's generator, before anything is generated: so nobody who controls
 * the other sources of an enclave's entropy (interrupts, the parent's timing) knows a key. Each generator gets bytes of its own.
 *
 * @throws EnclaveError `NSM_FAILED`; SystemCallError; OpensslError.
 */
export async function mixRandomness (nsm: Pick<Nsm, 'random'>, log: Log): Promise<void> {
  const forKernel = await drawRandom(nsm)
  const forOpenssl = await drawRandom(nsm)
  if (process.getuid?.() === 0) {
    creditKernelPool(forKernel)
  } else {
    writeKernelPool(forKernel)
    log({ level: 'warn', event: 'boot.unprivileged', step: 'randomness' })
  }
  seedOpenssl(forOpenssl)
  erase(forKernel, forOpenssl)
}

/** At least 64 bytes of the NSM's, however few come at a time; the caller erases them. */
export async function drawRandom (nsm: Pick<Nsm, 'random'>): Promise<Buffer> {
  const parts: Buffer[] = []
  for (let length = 0; length < wantedBytes;) {
    const part = await nsm.random()
    parts.push(part)
    length += part.length
  }
  const random = ownBytes(Buffer.concat(parts))
  erase(...parts)
  return random
}
