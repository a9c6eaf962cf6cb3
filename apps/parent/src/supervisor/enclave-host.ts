import { messageOf } from '../errors.ts'
import type { Logger } from '../logger.ts'
import type { LaunchOptions } from '../nitro-cli/arguments.ts'
import type { NitroCli } from '../nitro-cli/nitro-cli.ts'
import type { LaunchedEnclave } from '../nitro-cli/output.ts'
import { delayedSignal } from '../wait.ts'
import type { EnclaveProcessMemory } from './enclave-process.ts'
import { takeLaunchLock } from './launch-lock.ts'
import { endOwnEnclaves, endUnresponsiveEnclave, listEnclaves } from './leftovers.ts'

/** Whether an enclave runs, as `describe-enclaves` has it; `unknown` where that gave no answer, or not about every enclave. */
export type RunState = 'running' | 'gone' | 'unknown'

/** The host as the supervisor of one enclave uses it. */
export interface EnclaveHost {
  /** Ends the leftovers of this parent, then boots an enclave, when it is its turn on this host; `onWait` hears why it is not yet. */
  launch: (eifPath: string, onWait: (reason: string) => void, signal: AbortSignal) => Promise<LaunchedEnclave>
  /** Never rejects, but for the signal. */
  runState: (enclaveId: string, signal: AbortSignal) => Promise<RunState>
  /** Whether the process that holds the enclave is stopped: a sure sign that it hangs. */
  isStopped: (enclaveId: string) => Promise<boolean>
  /** Ends an enclave that answers nothing. Never rejects. */
  endUnresponsive: (enclaveId: string) => Promise<void>
  /** Ends every enclave of this parent. */
  endOwn: (signal?: AbortSignal) => Promise<void>
}

/** What an {@link EnclaveHost} is made from. */
export interface EnclaveHostOptions {
  nitroCli: NitroCli
  /** `ENCLAVE_NAME`. */
  parentName: string
  launch: Omit<LaunchOptions, 'eifPath'>
  launchLockFile: string
  processes: EnclaveProcessMemory
  log: Logger
  /** How long a boot under way may go on after a stop was asked for, in milliseconds. */
  bootGraceMs: number
}

/** The real host, through nitro-cli. */
export function createEnclaveHost (options: EnclaveHostOptions): EnclaveHost {
  const { nitroCli, processes, log } = options
  const endOwn: EnclaveHost['endOwn'] = async signal => {
    const enclaveIds = await endOwnEnclaves(options, signal)
    if (enclaveIds.length > 0) log.info({ enclaveIds }, 'enclaves were ended')
  }
  return {
    endOwn,
    endUnresponsive: async enclaveId => { await endUnresponsiveEnclave(enclaveId, options) },
    launch: async (eifPath, onWait, signal) => {
      await endOwn(signal)
      return await boot(options, eifPath, onWait, signal)
    },
    runState: async (enclaveId, signal) => {
      try {
        const { enclaves, complete } = await listEnclaves(nitroCli, signal)
        const found = enclaves.find(enclave => enclave.enclaveId === enclaveId)
        if (found === undefined) return complete ? 'gone' : 'unknown'
        return found.running ? 'running' : 'gone'
      } catch (error) {
        signal.throwIfAborted()
        log.debug({ reason: messageOf(error) }, 'enclaves could not be described')
        return 'unknown'
      }
    },
    isStopped: async enclaveId => {
      const process = await processes.recall()
      return process?.enclaveId === enclaveId && process.stopped
    },
  }
}

async function boot (
  options: EnclaveHostOptions, eifPath: string, onWait: (reason: string) => void, signal: AbortSignal
): Promise<LaunchedEnclave> {
  const { nitroCli, launch, launchLockFile: path, processes, log, bootGraceMs } = options
  await using held = new AsyncDisposableStack()
  held.use(await takeLaunchLock({
    path,
    holder: launch.name,
    onWait,
    onUnusable: reason => { log.warn({ path, reason }, 'launching without the launch lock: other parents of this host may boot at the same time') },
    signal,
  }))
  // A boot that is cut short leaves an enclave process that describe-enclaves may not list yet.
  const enclave = await nitroCli.runEnclave({ ...launch, eifPath }, delayedSignal(signal, bootGraceMs))
  await processes.remember(enclave)
  return enclave
}
