import { statfsSync, statSync } from 'node:fs'
import { BootError } from './boot-error.ts'

/** `PROC_SUPER_MAGIC` (Linux include/uapi/linux/magic.h). */
const procMagic = 0x9fa0

/**
 * Checks what has to be there before anything else and what init is meant to leave: `/proc`, in which the drop of root is verified, and
 * `/dev/null`, which the bridges get as their standard streams. That `/run` can be written shows when the sockets' folder is made,
 * `/dev/nsm` and `/dev/random` when they are opened. The loopback interface is down in an enclave (init leaves it so) and stays down:
 * every connection here is a Unix socket or vsock.
 *
 * @throws BootError `MOUNT_MISSING`.
 */
export function checkMachine (): void {
  if (statfsOf('/proc') !== procMagic) throw new BootError('MOUNT_MISSING', '/proc is not mounted')
  if (statSync('/dev/null', { throwIfNoEntry: false })?.isCharacterDevice() !== true) throw new BootError('MOUNT_MISSING', '/dev/null is missing')
}

function statfsOf (path: string): number {
  try {
    return statfsSync(path).type
  } catch (cause) {
    throw new BootError('MOUNT_MISSING', `${path} is missing`, { cause })
  }
}
