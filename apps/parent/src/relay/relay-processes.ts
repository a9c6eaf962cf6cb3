import { setTimeout as sleep } from 'node:timers/promises'

import { kill, processesWithVariable, readProcess } from '../process-table.ts'

/**
 * Every relay is started with this variable: who started it, and the exact command line. Arguments and parent are no proof: a wrapper may
 * change the arguments, and the system gives an orphan another parent.
 */
export const relayVariable = 'ENCLAVE_SIGNER_RELAY'

const pollMs = 5
const mostPolls = 100

/** Who starts relays: this process, by pid and start time, so that no later process is taken for it. */
export async function relayOwner (): Promise<string> {
  const { startTime = '0' } = await readProcess(process.pid) ?? {}
  return `${process.pid}/${startTime}`
}

/** The value of {@link relayVariable}. */
export function relayMark (owner: string, command: string): string {
  return `${owner} ${command}`
}

/**
 * Ends relays of exactly this command line whose parent process is gone: a parent that was killed leaves them, with their forks, on the
 * ports the next one needs. Those of a parent that lives, this one among them, and everything else is left alone.
 *
 * @returns the pids of what was ended.
 */
export async function endOrphanedRelays (command: string): Promise<number[]> {
  const ended: number[] = []
  for (const { pid, value } of await processesWithVariable(relayVariable)) {
    const [owner = '', rest = ''] = value.split(/ (.*)/s)
    if (rest === command && !await lives(owner) && kill(pid)) ended.push(pid)
  }
  await Promise.all(ended.map(untilGone))
  return ended
}

/** Ends what this owner started by this command line, forks included. */
export async function endOwnRelay (mark: string): Promise<void> {
  for (const { pid, value } of await processesWithVariable(relayVariable)) {
    if (value === mark) kill(pid)
  }
}

/** A killed process keeps its ports a moment longer. */
async function untilGone (pid: number): Promise<void> {
  for (let polls = 0; polls < mostPolls && (await readProcess(pid) ?? { state: 'Z' }).state !== 'Z'; polls++) await sleep(pollMs)
}

async function lives (owner: string): Promise<boolean> {
  const [pid, startTime] = owner.split('/')
  const entry = await readProcess(Number(pid))
  return entry !== undefined && entry.startTime === startTime && entry.state !== 'Z'
}
