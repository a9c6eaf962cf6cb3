import { resolve } from 'node:path'

import { controlPath, watchEnclave } from '../nitro-cli/running-enclaves/control-socket.ts'
import type { EnclaveRecord } from '../nitro-cli/running-enclaves/enclave-record.ts'
import { setHidden } from '../nitro-cli/running-enclaves/hidden-enclave.ts'
import { findRunningEnclaves } from '../nitro-cli/running-enclaves/running-enclaves.ts'
import { simulatorPaths } from '../state/simulator-directory.ts'
import type { SimulatorPaths } from '../state/simulator-directory.ts'

/** A running enclave and what can be done to it behind its parent's back. */
export interface RunningEnclave {
  readonly name: string
  /** `<instance id>-enc<slot>`. */
  readonly enclaveId: string
  readonly cid: number
  readonly processId: number
  /** Ends it at once, as a crash of the hypervisor's process does: nothing of it is tidied up. Resolves when it is gone. */
  kill (): Promise<void>
  /** Stops it where it stands (SIGSTOP): its connections stay open and nothing answers. */
  freeze (): void
  /** Lets it go on (SIGCONT). */
  thaw (): void
  /** Makes `describe-enclaves` leave it out while it runs, as for a parent in a container without the host's `/run/nitro_enclaves`. */
  hide (): void
  /** Makes `describe-enclaves` list it again. */
  show (): void
}

/**
 * The enclaves of a simulated host, frozen ones too (each of which takes three seconds to be recognised).
 *
 * @param directory - The host's state directory.
 */
export async function findEnclaves (directory: string): Promise<RunningEnclave[]> {
  const paths = simulatorPaths(resolve(directory))
  const { records, silent } = await findRunningEnclaves(paths)
  return [...records, ...silent].map((record) => controlsOf(record, paths))
}

function controlsOf ({ enclaveName, enclaveId, enclaveCid, processId }: EnclaveRecord, paths: SimulatorPaths): RunningEnclave {
  return {
    name: enclaveName,
    enclaveId,
    cid: enclaveCid,
    processId,
    async kill () {
      const watch = await watchEnclave(controlPath(paths, enclaveId))
      process.kill(processId, 'SIGKILL')
      await new Promise<void>((resolve) => { watch.once('close', () => { resolve() }) })
    },
    freeze () { process.kill(processId, 'SIGSTOP') },
    thaw () { process.kill(processId, 'SIGCONT') },
    hide () { setHidden(paths, enclaveId, true) },
    show () { setHidden(paths, enclaveId, false) },
  }
}
