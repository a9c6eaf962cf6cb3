import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { Type } from 'typebox'
import { Value } from 'typebox/value'

import type { LaunchedEnclave } from '../nitro-cli/output.ts'
import { kill, readProcess } from '../process-table.ts'

/** The process of nitro-cli that holds an enclave: when its last descriptor closes, the driver stops the enclave (ne_misc_dev.c). */
export interface EnclaveProcess {
  enclaveId: string
  processId: number
  startTime: string
  /** Start times count from the boot. */
  bootId: string
}

/**
 * Remembers that process over restarts of the parent: one that hangs answers neither `describe-enclaves` nor `terminate-enclave`, and
 * nothing else could end its enclave. Pid, start time and boot together are never another process's.
 */
export interface EnclaveProcessMemory {
  remember: (enclave: LaunchedEnclave) => Promise<void>
  /** The remembered process while it lives, and whether it is stopped (SIGSTOP): such a one answers nobody. */
  recall: () => Promise<EnclaveProcess & { stopped: boolean } | undefined>
  /** Ends the remembered process; false where there was none, or it could not be ended within a second or so. */
  kill: () => Promise<boolean>
  forget: () => Promise<void>
}

const schema = Type.Object({ enclaveId: Type.String(), processId: Type.Integer(), startTime: Type.String(), bootId: Type.String() })
const killPatienceMs = 1500

/** The memory in the file `path`. Where it cannot be written, it holds for this life of the parent only. */
export function createEnclaveProcessMemory (path: string): EnclaveProcessMemory {
  let known: EnclaveProcess | undefined
  const memory: EnclaveProcessMemory = {
    remember: async ({ enclaveId, processId }) => {
      const entry = await readProcess(processId)
      if (entry === undefined) return
      known = { enclaveId, processId, startTime: entry.startTime, bootId: await currentBoot() }
      await mkdir(dirname(path), { recursive: true }).then(() => writeFile(path, JSON.stringify(known))).catch(() => undefined)
    },
    recall: async () => {
      const remembered = known ?? await readRemembered(path)
      const bootId = await currentBoot()
      if (remembered?.bootId !== bootId) return undefined
      const entry = await readProcess(remembered.processId)
      if (entry?.startTime !== remembered.startTime || entry.state === 'Z') return undefined
      return { ...remembered, stopped: entry.state === 'T' || entry.state === 't' }
    },
    kill: async () => {
      const remembered = await memory.recall()
      if (remembered === undefined || !kill(remembered.processId)) return false
      const until = performance.now() + killPatienceMs
      while (await memory.recall() !== undefined) {
        if (performance.now() > until) return false
        await sleep(20)
      }
      return true
    },
    forget: async () => {
      known = undefined
      await rm(path, { force: true }).catch(() => undefined)
    },
  }
  return memory
}

async function currentBoot (): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')).trim()
}

async function readRemembered (path: string): Promise<EnclaveProcess | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'))
    return Value.Check(schema, value) ? value : undefined
  } catch {
    return undefined
  }
}
