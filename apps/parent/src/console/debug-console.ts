import { execa } from 'execa'

import { backoffMs } from '../backoff.ts'
import { messageOf } from '../errors.ts'
import type { Logger } from '../logger.ts'
import { isAborted, wait } from '../wait.ts'
import type { ConsoleLine } from './console-line.ts'
import { PrintableLines } from './printable-lines.ts'

/** What following a console needs. */
export interface DebugConsoleOptions {
  /** The enclave's name. */
  readonly enclave: string
  /** nitro-cli: a path, or a name to be found on PATH. */
  readonly executable: string
  readonly log: Logger
  readonly add: (line: ConsoleLine) => void
  /** Unix time in milliseconds. */
  readonly now: () => number
}

const retry = { firstMs: 500, maxMs: 30_000 }
/** One that lasted this long did not fail at its start. */
const settledAfterMs = 10_000
const killAfterMs = 1000

/** nitro-cli's command line for the console of one enclave, which must be in debug mode. */
export function consoleArguments (enclaveId: string): string[] {
  return ['console', '--enclave-id', enclaveId]
}

/**
 * Follows the console of an enclave in debug mode until `signal` aborts; a console that ends before is opened again, with growing delays.
 * Never rejects.
 */
export async function followConsole (options: DebugConsoleOptions, enclaveId: string, signal: AbortSignal): Promise<void> {
  const { enclave, log } = options
  for (let failures = 0; !signal.aborted;) {
    const startedMs = performance.now()
    const reason = await followOnce(options, enclaveId, signal)
    if (isAborted(signal)) return
    failures = performance.now() - startedMs > settledAfterMs ? 1 : failures + 1
    const delayMs = backoffMs(failures, retry)
    log.warn({ enclave, enclaveId, reason, delayMs }, 'console of the enclave ended')
    await wait(delayMs, signal).catch(() => undefined)
  }
}

/** Why the console ended. */
async function followOnce (options: DebugConsoleOptions, enclaveId: string, signal: AbortSignal): Promise<string> {
  const child = execa(options.executable, consoleArguments(enclaveId), {
    stdin: 'ignore', all: true, buffer: false, reject: false, cancelSignal: signal, forceKillAfterDelay: killAfterMs,
  })
  try {
    await writeLines(options, child.iterable({ from: 'all', binary: true, preserveNewlines: true }))
  } catch (error) {
    child.kill()
    return messageOf(error)
  }
  const { exitCode, shortMessage } = await child
  return exitCode === 0 ? 'nitro-cli console ended' : shortMessage ?? `nitro-cli console ended with ${exitCode ?? 'no status'}`
}

async function writeLines (options: DebugConsoleOptions, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  const lines = new PrintableLines()
  for await (const chunk of chunks) writeAll(options, lines.push(chunk))
  writeAll(options, lines.end())
}

function writeAll ({ enclave, log, add, now }: DebugConsoleOptions, lines: readonly string[]): void {
  for (const line of lines) {
    log.info({ enclave, line }, 'enclave console')
    add({ enclave, source: 'console', at: new Date(now()).toISOString(), line })
  }
}
