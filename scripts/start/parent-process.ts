import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync, closeSync, readFileSync } from 'node:fs'
import { delimiter, dirname, join, resolve } from 'node:path'

import type { SimulatedHost } from '@enclave-signer/simulator'

const main = resolve(import.meta.dirname, '../../apps/parent/src/main.ts')

/** A small young generation and an old one that is collected early keep the parent below 200 MiB under load, at no cost that shows. */
const runtimeOptions = ['--max-semi-space-size=8', '--heap-growing-percent=30']

/** The parent as a child process. */
export interface ParentProcess extends AsyncDisposable {
  readonly pid: number
  /** Settles with the exit code. */
  readonly exit: Promise<number>
  /** Aborted when the process has ended. */
  readonly exited: AbortSignal
  /** Ends it as an orchestrator would, with SIGTERM, and answers the exit code. */
  stop: () => Promise<number>
}

/** What to start it on. */
export interface ParentOptions {
  dataDir: string
  host: SimulatedHost
  /** The caller's environment; this process's own where not said. */
  env?: NodeJS.ProcessEnv
}

/**
 * Starts the parent with what the simulated host gives a container, its log going to `parent.log`. It leads a process group
 * of its own, so that Ctrl-C reaches this script alone and the parent is stopped in order.
 */
export function spawnParent ({ dataDir, host, env = process.env }: ParentOptions): ParentProcess {
  const logFile = join(dataDir, 'parent.log')
  const log = openSync(logFile, 'w', 0o600)
  const child = spawn(process.execPath, [...runtimeOptions, main], {
    env: parentEnvironment(dataDir, host, env), stdio: ['ignore', log, log], detached: true,
  })
  closeSync(log)
  const exited = new AbortController()
  const exit = once(child, 'exit').then(([code]) => {
    exited.abort()
    if (code !== 0) process.stderr.write(`${lastLines(logFile)}\nenclave-signer: the parent ended with ${String(code)}; its log is ${logFile}\n`)
    return typeof code === 'number' ? code : 1
  })
  const stop = async (): Promise<number> => {
    child.kill('SIGTERM')
    return await exit
  }
  return { pid: child.pid ?? 0, exit, exited: exited.signal, stop, [Symbol.asyncDispose]: async () => { await stop() } }
}

/** The caller's settings win over the host's; AWS credentials of the caller's own never reach the parent. */
function parentEnvironment (dataDir: string, host: SimulatedHost, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const own = Object.entries(env).filter(([name]) => !name.startsWith('AWS_') || name === 'AWS_REGION')
  return {
    ...host.parentEnvironment,
    ...Object.fromEntries(own),
    DATA_DIR: dataDir,
    PATH: [host.binDirectory, dirname(process.execPath), env.PATH].join(delimiter),
  }
}

function lastLines (file: string): string {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-20).join('\n')
}
