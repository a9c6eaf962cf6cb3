import { constants } from 'node:fs'
import { access, stat, statfs } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'

import type { Check } from '../check.ts'
import { failed, ok, warning } from '../finding.ts'
import type { Finding } from '../finding.ts'
import { findEif } from '../known-eif.ts'
import type { DoctorSettings } from '../settings.ts'
import { systemErrorCode, systemErrorSentence } from '../system-error.ts'

const mib = 1024 * 1024

/** DATA_DIR: writable, or can be made, and with space for an EIF as large as the enclave's memory allows. */
export const dataDirCheck: Check = {
  name: 'data-dir',
  run: async ({ settings }) => {
    const { dataDir } = settings
    try {
      const folder = await existingFolder(resolve(dataDir))
      await access(folder, constants.W_OK | constants.X_OK)
      const { bavail, bsize } = await statfs(folder)
      return await judgeSpace(settings, Math.floor(bavail * bsize / mib))
    } catch (error) {
      const advice = 'mount a volume there that the user of the service may write to, or set DATA_DIR: keys are kept in it'
      return failed(`${dataDir} ${systemErrorSentence(error)}`, advice, { errorCode: systemErrorCode(error) ?? 'unknown' })
    }
  },
}

/** The folder itself, or the nearest one above: the service makes what is missing. */
async function existingFolder (path: string): Promise<string> {
  try {
    if ((await stat(path)).isDirectory()) return path
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT' && dirname(path) !== path) return await existingFolder(dirname(path))
    throw error
  }
  throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR' })
}

/** The EIF of the configuration takes no space in DATA_DIR; the first that is built must fit, and so should the next beside it. */
async function judgeSpace (settings: DoctorSettings, freeMib: number): Promise<Finding> {
  const { dataDir, eifPath, memoryMib } = settings
  const neededMib = eifPath === undefined ? Math.ceil(memoryMib / 4) : 16
  const facts = { dataDir, freeMib, neededMib }
  if (freeMib >= neededMib) return ok(`${dataDir} can be written, ${freeMib} MiB are free`, facts)
  const summary = `${dataDir} has ${freeMib} MiB free, ${eifPath === undefined ? 'an EIF' : 'keys'} may need ${neededMib}`
  const advice = 'make room there or set DATA_DIR to a larger volume'
  const built = eifPath === undefined && await findEif(settings) !== undefined
  return built ? warning(`${summary}; the one that is there fits`, advice, facts) : failed(summary, advice, facts)
}
