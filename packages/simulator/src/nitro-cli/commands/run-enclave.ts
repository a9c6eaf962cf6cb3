import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { readHostFile } from '../../state/host-file.ts'
import type { SimulatorPaths } from '../../state/simulator-directory.ts'
import type { BootReply, BootRequest } from '../enclave-process/boot.ts'
import type { Arguments } from '../../command-line/clap.ts'
import { attachConsole } from './console.ts'
import type { EnclaveRecord } from '../running-enclaves/enclave-record.ts'
import { NitroCliFailure } from '../failure.ts'
import { formatJson, runInfo } from '../output.ts'
import { assignName } from '../enclave-process/resources.ts'
import { readRunArguments } from './run-arguments.ts'
import { consolePath, findRunningEnclaves } from '../running-enclaves/running-enclaves.ts'
import type { CommandContext } from '../terminal.ts'

/**
 * `run-enclave`: starts an enclave process and answers when the enclave has booted.
 *
 * @throws NitroCliFailure E39 after the enclave process has said why it failed; E01, E02, E03, E17, E19 before it is started.
 */
export async function runEnclave (args: Arguments, context: CommandContext): Promise<void> {
  const { paths, out, err, fault } = context
  const runArguments = readRunArguments(args, err)
  const { records } = await findRunningEnclaves(paths)
  const enclaveName = assignName(runArguments, records)
  const crash = fault?.crashAfterMs === undefined ? {} : { crashAfterMs: fault.crashAfterMs }
  const request = { args: runArguments, enclaveName, enclaveId: newEnclaveId(paths), paths, ...crash }
  const record = await boot(request, err)
  if (!record) {
    err('Failed connections: 1')
    throw new NitroCliFailure('E39', 'Failed to connect to 1 enclave processes', { within: ['Failed to handle all enclave process replies'] })
  }
  out(formatJson(runInfo(record)))
  if (runArguments.attachConsole) await attachConsole(record, context)
}

/** The instance's id and a slot, whose number the hypervisor gives out (src/enclave_proc/utils.rs `generate_enclave_id`). */
function newEnclaveId (paths: SimulatorPaths): string {
  const { instanceId } = readHostFile(paths.hostFile)
  return `${instanceId}-enc1${randomBytes(7).toString('hex')}`
}

async function boot (request: BootRequest, err: (line: string) => void): Promise<EnclaveRecord | undefined> {
  const enclave = startEnclaveProcess(request)
  let record: EnclaveRecord | undefined
  enclave.on('message', (reply: BootReply) => {
    if (reply.kind === 'stderr') err(reply.text)
    if (reply.kind === 'running') record = reply.record
  })
  enclave.send(request)
  await once(enclave, 'disconnect')
  enclave.unref()
  return record
}

/** A process of its own that outlives this one, with an empty environment: the program inside sees only the image's. */
function startEnclaveProcess ({ paths, enclaveId }: BootRequest): ChildProcess {
  const path = consolePath(paths, enclaveId)
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const console = openSync(path, 'a', 0o600)
  try {
    const stdio = ['ignore', console, console, 'ipc'] as const
    return fork(join(import.meta.dirname, '../enclave-process/main.ts'), { detached: true, cwd: '/', env: nodeSettings(), execArgv: [], stdio: [...stdio] })
  } finally {
    closeSync(console)
  }
}

/** What Node itself reads as it starts; the enclave's environment is that of its image alone. */
function nodeSettings (): NodeJS.ProcessEnv {
  const { NODE_COMPILE_CACHE } = process.env
  return NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE }
}
