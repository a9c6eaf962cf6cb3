import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

import type { Arguments } from '../../command-line/clap.ts'
import { controlPath, watchEnclave } from '../running-enclaves/control-socket.ts'
import type { EnclaveRecord } from '../running-enclaves/enclave-record.ts'
import { NitroCliFailure } from '../failure.ts'
import { commandEnclave, enclaveIdOf } from '../running-enclaves/find-enclave.ts'
import { consolePath } from '../running-enclaves/running-enclaves.ts'
import type { CommandContext } from '../terminal.ts'

/** How often the console is read (nitro-cli's own pause between reads). */
const readIntervalMs = 100

/**
 * `console`: prints the console of a debug-mode enclave until it ends or the time is over.
 *
 * @throws NitroCliFailure E03, E11, E58; E44 when the enclave is not in debug mode.
 */
export async function showConsole (args: Arguments, context: CommandContext): Promise<void> {
  const timeout = readTimeout(args.value('disconnect-timeout'))
  const record = await commandEnclave(await enclaveIdOf(args, context.paths), 'describe', context.paths)
  if (!record.debugMode) {
    const reason = "The enclave was not started with the debug flag set, include '--debug-mode' in the run-enclave command"
    throw new NitroCliFailure('E44', reason, { within: ['Failed to connect to enclave console'] })
  }
  await attachConsole(record, context, timeout)
}

function readTimeout (text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^\d+$/.test(text)) return Number(text) * 1000
  throw new NitroCliFailure('E03', "`disconnect-timeout` argument can't be parsed as a number", { info: ['disconnect-timeout', text] })
}

/**
 * Prints an enclave's console as it grows.
 *
 * @param timeoutMs - After which it stops, whatever comes. Default: when the enclave ends.
 */
export async function attachConsole (record: EnclaveRecord, { paths, out }: CommandContext, timeoutMs?: number): Promise<void> {
  const { enclaveId, enclaveCid } = record
  out(`Connecting to the console for enclave ${enclaveCid}...`)
  const watch = await watchEnclave(controlPath(paths, enclaveId))
  out('Successfully connected to the console.')
  const over = AbortSignal.any([...(timeoutMs === undefined ? [] : [AbortSignal.timeout(timeoutMs)]), endOf(once(watch, 'close'))])
  let offset = 0
  do {
    await delay(readIntervalMs, undefined, { signal: over }).catch(() => undefined)
    offset = await printFrom(consolePath(paths, enclaveId), offset)
  } while (!over.aborted)
  watch.destroy()
}

function endOf (event: Promise<unknown>): AbortSignal {
  const controller = new AbortController()
  const end = (): void => { controller.abort() }
  event.then(end, end)
  return controller.signal
}

async function printFrom (path: string, offset: number): Promise<number> {
  let printed = offset
  for await (const chunk of createReadStream(path, { start: offset })) {
    const bytes = chunk as Buffer
    process.stdout.write(bytes)
    printed += bytes.length
  }
  return printed
}
