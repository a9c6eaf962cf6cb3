import { constants } from 'node:fs'
import { access, readdir, statfs } from 'node:fs/promises'

import type { Check } from '../check.ts'
import { failed, ok, warning } from '../finding.ts'
import type { Finding } from '../finding.ts'
import { systemErrorCode, systemErrorSentence } from '../system-error.ts'

/** HUGETLBFS_MAGIC (linux/magic.h). */
const hugetlbfs = 0x958458f6

/** The folder of nitro-cli's logs; every command of it ends early where it cannot write them. */
export const logVolumeCheck: Check = {
  name: 'log-volume',
  run: async ({ paths }) => {
    const name = '/var/log/nitro_enclaves'
    try {
      await readdir(paths.logVolume)
      await access(paths.logVolume, constants.W_OK | constants.X_OK)
      return ok(`${name} can be written`)
    } catch (error) {
      return failed(`${name} ${systemErrorSentence(error)}`, `mount ${name} of the host for writing; the user of the service must be in the group ne`, codeOf(error))
    }
  },
}

/** The folder of allocator.yaml and vsock-proxy.yaml. */
export const settingsVolumeCheck: Check = {
  name: 'settings-volume',
  run: async ({ paths }) => {
    const name = '/etc/nitro_enclaves'
    const advice = `install aws-nitro-enclaves-cli on the host and mount its ${name}`
    try {
      const files = await readdir(paths.settingsVolume)
      return files.length === 0 ? failed(`${name} is empty: it was missing on the host when it was mounted`, advice) : ok(`${name} can be read`)
    } catch (error) {
      return failed(`${name} ${systemErrorSentence(error)}`, advice, codeOf(error))
    }
  },
}

/** The hugetlbfs mount. */
export const hugepagesVolumeCheck: Check = {
  name: 'hugepages-volume',
  run: async ({ paths }) => {
    try {
      return judgeHugepagesVolume((await statfs(paths.hugepagesVolume)).type)
    } catch (error) {
      return warning(`/dev/hugepages ${systemErrorSentence(error)}`, mountHugepages, codeOf(error))
    }
  },
}

const mountHugepages = 'mount /dev/hugepages of the host; without it see that the container may use hugepages at all (hugetlb limits)'

/** @param fileSystemType - As statfs tells it. */
export function judgeHugepagesVolume (fileSystemType: number): Finding {
  return fileSystemType === hugetlbfs ? ok('/dev/hugepages is a hugetlbfs') : warning('/dev/hugepages is no hugetlbfs', mountHugepages)
}

function codeOf (error: unknown): { errorCode: string } {
  return { errorCode: systemErrorCode(error) ?? 'unknown' }
}
