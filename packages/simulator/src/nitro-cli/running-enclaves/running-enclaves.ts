import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

import type { SimulatorPaths } from '../../state/simulator-directory.ts'
import { askEnclave, ControlError, controlPath } from './control-socket.ts'
import type { EnclaveRecord } from './enclave-record.ts'

/** How long an enclave process may take to answer (nitro-cli's `ENCLAVE_PROC_WAIT_TIMEOUT_MSEC`). */
const answerTimeoutMs = 3000

/** What connecting to the socket of a process that has ended, or is just ending, comes to. */
const endedCodes = new Set(['ENOENT', 'ECONNREFUSED', 'ECONNRESET'])

/** The enclaves of a host. */
export interface RunningEnclaves {
  readonly records: readonly EnclaveRecord[]
  /** Those whose process is there and does not answer. */
  readonly silent: readonly EnclaveRecord[]
}

/** The file that says an enclave runs. */
export function recordPath (paths: SimulatorPaths, enclaveId: string): string {
  return join(paths.enclaves, enclaveId, 'enclave.json')
}

/** The console of an enclave, kept until the host starts again. */
export function consolePath (paths: SimulatorPaths, enclaveId: string): string {
  return join(paths.enclaves, enclaveId, 'console.log')
}

/** Asks every enclave process whether it lives. Those that have ended without a word are forgotten. */
export async function findRunningEnclaves (paths: SimulatorPaths): Promise<RunningEnclaves> {
  const known = await knownEnclaves(paths)
  const lives = await Promise.all(known.map(async ({ enclaveId }) => await lifeOf(paths, enclaveId)))
  return {
    records: known.filter((_, index) => lives[index] === 'answers'),
    silent: known.filter((_, index) => lives[index] === 'silent'),
  }
}

async function lifeOf (paths: SimulatorPaths, enclaveId: string): Promise<'answers' | 'silent' | 'ended'> {
  try {
    await askEnclave(controlPath(paths, enclaveId), 'describe', answerTimeoutMs)
    return 'answers'
  } catch (error) {
    if (!(error instanceof ControlError && endedCodes.has(error.code))) return 'silent'
    forgetEnclave(paths, enclaveId)
    return 'ended'
  }
}

/** Removes what says that an enclave runs. Its console stays. Synchronous, so that a process can do it as it exits. */
export function forgetEnclave (paths: SimulatorPaths, enclaveId: string): void {
  rmSync(controlPath(paths, enclaveId), { force: true })
  rmSync(recordPath(paths, enclaveId), { force: true })
}

/** Removes the sockets on which an enclave that has ended was listening. */
export function removeSocketsOf (paths: SimulatorPaths, enclaveCid: number): void {
  const names = readdirSync(paths.vsock).filter((name) => name.startsWith(`${enclaveCid}-`))
  for (const name of names) rmSync(join(paths.vsock, name), { force: true })
}

/** Ends every enclave of a host. One whose process does not answer is left. */
export async function terminateEveryEnclave (paths: SimulatorPaths): Promise<void> {
  const { records } = await findRunningEnclaves(paths)
  await Promise.allSettled(records.map(async ({ enclaveId }) => await askEnclave(controlPath(paths, enclaveId), 'terminate')))
}

/** Removes what enclaves that have ended left behind. */
export async function forgetDeadEnclaves (paths: SimulatorPaths): Promise<void> {
  const { records, silent } = await findRunningEnclaves(paths)
  const living = new Set([...records, ...silent].map(({ enclaveId }) => enclaveId))
  const folders = await readdir(paths.enclaves).catch(() => [])
  const dead = folders.filter((id) => !living.has(id)).map((id) => join(paths.enclaves, id))
  await Promise.all(dead.map(async (folder) => { await rm(folder, { recursive: true, force: true }) }))
}

async function knownEnclaves (paths: SimulatorPaths): Promise<EnclaveRecord[]> {
  const folders = await readdir(paths.enclaves).catch(() => [])
  return folders.sort().map((id) => readRecord(recordPath(paths, id))).filter((record) => record !== undefined)
}

function readRecord (path: string): EnclaveRecord | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as EnclaveRecord
  } catch {
    return undefined
  }
}
