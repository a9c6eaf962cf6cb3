import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import type { BridgeName } from '@enclave-signer/protocol'
import type { Log } from '../log.ts'
import { BootError } from './boot-error.ts'
import type { Reaper } from './reaper.ts'

/** What a bridge is kept up with. */
export interface BridgeOptions {
  readonly name: BridgeName
  /** socat's arguments. */
  readonly args: readonly string[]
  /** Where socat is found. */
  readonly path: string | undefined
  readonly reaper: Reaper
  readonly log: Log
  /** A monotonic clock in milliseconds. */
  readonly clock?: () => number
}

const failureCodes = { parent: 'BRIDGE_PARENT_ENDED', kms: 'BRIDGE_KMS_ENDED' } as const
/** A bridge that ends more often than this in a minute will not stay up: a new enclave may. */
const mostEnds = 5
const endsSpanMs = 60_000
const firstDelayMs = 50
const stopPatienceMs = 1000

/**
 * Runs a bridge until `signal` aborts and then ends it with all it has forked; one that ends before is started again, after a short delay
 * that doubles. What socat itself has to say is not kept: it is free text, which the parent can cause without end.
 *
 * @param onStarted - called each time the bridge's process has started.
 * @throws BootError `BRIDGE_PARENT_ENDED` or `BRIDGE_KMS_ENDED` when it ended more than five times in a minute; a system error when socat
 * cannot be started.
 */
export async function keepBridge (options: BridgeOptions, onStarted: () => void, signal: AbortSignal): Promise<void> {
  const { name, log, clock = () => performance.now() } = options
  let ends: number[] = []
  while (!signal.aborted) {
    const exitCode = await runBridge(options, onStarted, signal)
    if (isAborted(signal)) return
    log({ level: 'warn', event: 'bridge.ended', bridge: name, exitCode })
    ends = [...ends.filter(at => clock() - at < endsSpanMs), clock()]
    if (ends.length > mostEnds) throw new BootError(failureCodes[name], `the bridge to ${name} ended ${ends.length} times in a minute`)
    await sleep(firstDelayMs * 2 ** ends.length, undefined, { signal }).catch(() => undefined)
  }
}

/** The exit status, as a shell tells it. */
async function runBridge ({ name, args, path, reaper, log }: BridgeOptions, onStarted: () => void, signal: AbortSignal): Promise<number> {
  // A process group of its own: what it forks for each connection is ended with it.
  const child = spawn('socat', args, { stdio: 'ignore', detached: true, env: { PATH: path } })
  reaper.spare(child)
  const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
  exited.catch(() => undefined)
  const killAll = (): void => { killGroup(child, 'SIGKILL') }
  const stop = (): void => {
    killGroup(child, 'SIGTERM')
    setTimeout(killAll, stopPatienceMs).unref()
  }
  process.once('exit', killAll)
  signal.addEventListener('abort', stop, { once: true })
  try {
    await once(child, 'spawn')
    log({ level: 'info', event: 'bridge.started', bridge: name })
    onStarted()
    const [code, killedBy] = await exited
    return code ?? 128 + (killedBy === null ? 0 : constants.signals[killedBy])
  } finally {
    process.removeListener('exit', killAll)
    signal.removeEventListener('abort', stop)
  }
}

function killGroup ({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch {
    // The group is gone already.
  }
}

/** Asked anew: the compiler takes a signal that was not aborted for one that never is. */
function isAborted (signal: AbortSignal): boolean {
  return signal.aborted
}
