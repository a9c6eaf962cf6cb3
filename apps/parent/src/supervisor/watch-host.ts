import type { Logger } from '../logger.ts'
import { wait } from '../wait.ts'
import type { RunState } from './enclave-host.ts'

/** How nitro-cli is asked about an enclave that runs. */
export interface HostWatch {
  /** Rejects only when the signal aborts. */
  runState: (signal: AbortSignal) => Promise<RunState>
  log: Logger
  /** 10,000 by default: each question is a process. */
  intervalMs?: number
}

const defaultIntervalMs = 10_000
/** As long as the enclave answers pings, a nitro-cli that does not answer is no reason to restart it. */
const warnAfter = 3

/** Asks until `signal` aborts (then resolves false) or the enclave is gone (true). */
export async function watchUntilGone ({ runState, log, intervalMs = defaultIntervalMs }: HostWatch, signal: AbortSignal): Promise<boolean> {
  let unknown = 0
  try {
    for (;;) {
      await wait(intervalMs, signal)
      const state = await runState(signal)
      if (state === 'gone') return true
      unknown = state === 'unknown' ? unknown + 1 : 0
      if (unknown === warnAfter) log.warn({ times: unknown }, 'describe-enclaves says nothing about the enclave, which answers pings')
    }
  } catch (error) {
    if (signal.aborted) return false
    throw error
  }
}
