import { stat } from 'node:fs/promises'

import { messageOf } from '../errors.ts'
import { readAllocator } from '../nitro-cli/allocator.ts'
import { NitroCliError } from '../nitro-cli/errors.ts'
import { launchPolicyOf } from '../nitro-cli/launch-advice.ts'
import { codeOf, isPermanent } from './permanent-failure.ts'

/** What a failed attempt comes to. */
export interface Verdict {
  /** Stable; nitro-cli's where it was nitro-cli. */
  code: string
  /** What happened and what can be done. */
  reason: string
  /** Whether trying again cannot help. */
  permanent: boolean
}

/** What was asked for at a launch, and what is known of the enclave that came of it. */
export interface LaunchRequest {
  memoryMib: number
  cpuCount: number
  /** The EIF, where there is one yet. */
  eifPath: string | undefined
  debugMode: boolean
  /** What it said last on its console, which it has in debug mode only. */
  lastWords: string | undefined
}

const diskFull = 'the disk is full: free space in DATA_DIR'
const setDebugMode = 'set ENCLAVE_DEBUG_MODE=true on a host without real keys to read on its console why'
const lookForDeath = 'look for what ended it: too little memory (ENCLAVE_MEMORY_MIB), somebody\'s terminate-enclave, /var/log/nitro_enclaves/nitro_enclaves.log'

/** Judges a failure; for nitro-cli's with the figures of this host. `allocatorPath` is for tests. */
export async function judgeFailure (error: unknown, request: LaunchRequest, allocatorPath?: string): Promise<Verdict> {
  const code = codeOf(error)
  if (error instanceof NitroCliError) {
    const host = { eifBytes: await sizeOf(request.eifPath), allocator: await readAllocator(allocatorPath) }
    const { retry, advice } = launchPolicyOf(code, { ...request, ...host })
    return { code, reason: withAdvice(error.message, advice), permanent: retry === 'permanent' }
  }
  return { code, reason: withAdvice(messageOf(error), adviceFor(code, request)), permanent: isPermanent(error) }
}

function adviceFor (code: string, { debugMode, lastWords }: LaunchRequest): string {
  switch (code) {
    case 'DISK_FULL': return diskFull
    case 'ENCLAVE_NEVER_READY': return lastWords === undefined ? debugMode ? '' : setDebugMode : saying(lastWords)
    case 'ENCLAVE_GONE': return lastWords === undefined ? lookForDeath : saying(lastWords)
    default: return ''
  }
}

function saying (lastWords: string): string {
  return `the last it said on its console: ${lastWords}`
}

async function sizeOf (path: string | undefined): Promise<number | undefined> {
  return path === undefined ? undefined : await stat(path).then(({ size }) => size, () => undefined)
}

function withAdvice (message: string, advice: string): string {
  return advice === '' ? message : `${message}; ${advice}`
}
