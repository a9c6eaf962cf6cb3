import { correctedOffset } from '../clock.ts'
import { expectSuccess, libc, SystemCallError } from '../libc.ts'
import type { Log } from '../log.ts'
import { readTimestamp } from '../nsm/document-time.ts'
import type { Nsm } from '../nsm/nsm.ts'

/** Linux include/uapi/linux/time.h */
const clockRealtime = 0
/** What no certificate and no signature minds, in milliseconds. */
const bearableMs = 1000

/**
 * Sets the kernel's clock by the time that the NSM puts into attestation documents, which is the hypervisor's: certificates are judged by
 * the kernel's clock, so without it TLS to KMS, which could tell the time, would fail on a clock that is wrong by months. Where that is
 * not allowed the clock stays, and is corrected by KMS's `Date` alone.
 *
 * @throws EnclaveError `NSM_FAILED`; SystemCallError.
 */
export async function setClock (nsm: Pick<Nsm, 'attest'>, log: Log): Promise<void> {
  const askedMs = Date.now() - bearableMs
  const theirMs = readTimestamp(await nsm.attest({}))
  const offsetMs = correctedOffset(0, { theirMs, stepMs: 0, askedMs, answeredMs: Date.now() + bearableMs })
  if (offsetMs === 0) return
  if (trySetClock(Date.now() + offsetMs)) log({ level: 'warn', event: 'clock.set', offsetMs })
  else log({ level: 'warn', event: 'boot.unprivileged', step: 'clock' })
}

/** Whether it was allowed. */
function trySetClock (unixMs: number): boolean {
  const time = Buffer.alloc(16)
  time.writeBigInt64LE(BigInt(Math.floor(unixMs / 1000)), 0)
  time.writeBigInt64LE(BigInt(unixMs % 1000) * 1_000_000n, 8)
  try {
    expectSuccess(libc.setClock(clockRealtime, time), 'clock_settime')
    return true
  } catch (error) {
    if (error instanceof SystemCallError && error.code === 'EPERM') return false
    throw error
  }
}
