import { open, stat } from 'node:fs/promises'

import type { Check } from '../check.ts'
import { failed, ok, warning } from '../finding.ts'
import type { Finding } from '../finding.ts'
import { systemErrorCode, systemErrorSentence } from '../system-error.ts'

/** The device that nitro-cli makes enclaves with. */
export const enclaveDeviceCheck: Check = {
  name: 'enclave-device',
  run: async ({ paths }) => await examineDevice(paths.enclaveDevice, {
    name: '/dev/nitro_enclaves',
    advice: 'use an instance launched with enclave support, load the module (modprobe nitro_enclaves) and give the container the device to read and write',
    flags: 'r+',
    closed: failed,
  }),
}

/** Its presence shows that the kernel has vsock. Sockets work without opening it: it only tells this host's CID. */
export const vsockDeviceCheck: Check = {
  name: 'vsock-device',
  run: async ({ paths }) => await examineDevice(paths.vsockDevice, {
    name: '/dev/vsock',
    advice: 'load the module on the host (modprobe vsock) and give the container the device to read',
    flags: 'r',
    closed: warning,
  }),
}

interface Device {
  /** As it is called on the host. */
  name: string
  advice: string
  /** How it must be possible to open it. */
  flags: 'r' | 'r+'
  /** What it means when that is refused. */
  closed: typeof failed
}

/** Opens it: access rights alone do not show that the container's device list keeps it away even from root. */
async function examineDevice (path: string, { name, advice, flags, closed }: Device): Promise<Finding> {
  try {
    const stats = await stat(path)
    // Docker makes an empty folder of a bind mount whose source is missing.
    if (stats.isDirectory()) return failed(`${name} is a folder: it was missing on the host when it was mounted`, advice)
    if (!stats.isCharacterDevice()) return failed(`${name} is no device`, advice)
    const device = await open(path, flags)
    await device.close()
    return ok(`${name} can be ${flags === 'r' ? 'read' : 'read and written'}`)
  } catch (error) {
    const errorCode = systemErrorCode(error) ?? 'unknown'
    const judge = errorCode === 'ENOENT' || errorCode === 'ENOTDIR' ? failed : closed
    return judge(`${name} ${systemErrorSentence(error)}`, advice, { errorCode })
  }
}
