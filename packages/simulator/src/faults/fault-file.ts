import { randomUUID } from 'node:crypto'
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'

import { SimulatorError } from '../errors.ts'
import { writeFileAtomically } from '../state/atomic-file.ts'
import type { Fault, FaultAt, FaultPoint } from './fault.ts'

/** What `faults.json` holds. */
interface FaultFile {
  /** Tells the counters of one list of faults from those of another. A file written by hand may do without. */
  readonly id?: string
  readonly faults: readonly Fault[]
}

/**
 * Replaces the faults of a simulated host. They apply from the next run or request on, in the order of the list; each is for one run at a
 * time, and one whose `times` are used up makes way for the next one at the same point.
 *
 * @param directory - The host's state directory.
 */
export async function setFaults (directory: string, faults: readonly Fault[]): Promise<void> {
  const file: FaultFile = { id: randomUUID(), faults }
  await writeFileAtomically(faultPath(directory), `${JSON.stringify(file, null, 2)}\n`)
}

/** Ends every fault of a simulated host. What hangs already goes on hanging. */
export async function clearFaults (directory: string): Promise<void> {
  await rm(faultPath(directory), { force: true })
  await rm(counterFolder(directory), { recursive: true, force: true })
}

/**
 * The fault that this run has to suffer, which is then used up by one. Without `faults.json` it costs one failed open.
 *
 * @throws SimulatorError `STATE_FILE_UNREADABLE` when the file is there and holds no list of faults.
 */
export function takeFault<Point extends FaultPoint> (directory: string, point: Point): FaultAt<Point> | undefined {
  const file = readFaults(faultPath(directory))
  const found = file?.faults.findIndex((fault, index) => {
    return fault.at === point && claim(join(counterFolder(directory), file.id ?? 'by-hand'), index, fault.times)
  })
  return found === undefined ? undefined : file?.faults[found] as FaultAt<Point> | undefined
}

function readFaults (path: string): FaultFile | undefined {
  try {
    const file = JSON.parse(readFileSync(path, 'utf8')) as FaultFile
    if (!Array.isArray(file.faults)) throw new TypeError('no list of faults')
    return file
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined
    throw new SimulatorError('STATE_FILE_UNREADABLE', `${path} cannot be read as a list of faults`, { cause, facts: { subject: path } })
  }
}

/** Each use is a file that only one process can create (open(2), `O_EXCL`). */
function claim (folder: string, index: number, times: number | undefined): boolean {
  if (times === undefined) return true
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  for (let use = 1; use <= times; use++) {
    if (createExclusively(join(folder, `${index}-${use}`))) return true
  }
  return false
}

function createExclusively (path: string): boolean {
  try {
    closeSync(openSync(path, 'wx', 0o600))
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

function faultPath (directory: string): string {
  return join(directory, 'faults.json')
}

function counterFolder (directory: string): string {
  return join(directory, 'faults')
}
