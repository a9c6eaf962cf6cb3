import type { Measurements } from '@enclave-signer/attestation'
import { execa } from 'execa'

import {
  buildEnclaveArguments, describeEifArguments, describeEnclavesArguments, runEnclaveArguments, terminateEnclaveArguments,
} from './arguments.ts'
import type { LaunchOptions } from './arguments.ts'
import { firstErrorIn, NitroCliError, toNitroCliError } from './errors.ts'
import { readBuildEnclave, readDescribeEif, readDescribeEnclaves, readRunEnclave, readTerminateEnclave } from './output.ts'
import type { DescribedEnclave, EifDescription, LaunchedEnclave } from './output.ts'

/** The host's enclaves. Every call rejects with a NitroCliError; `ABORTED` when `signal` aborts first. */
export interface NitroCli {
  /** Writes an EIF made from a docker image to `eifPath`; `onLine` gets what is printed on standard error meanwhile, line by line. */
  buildEnclave: (image: string, eifPath: string, signal: AbortSignal, onLine?: (line: string) => void) => Promise<Measurements>
  describeEif: (eifPath: string, signal: AbortSignal) => Promise<EifDescription>
  /** Resolves when the enclave has booted. Only one enclave of a host can boot at a time. */
  runEnclave: (options: LaunchOptions, signal: AbortSignal) => Promise<LaunchedEnclave>
  /** Those whose process answers. `E39` where another one's does not; the error's `stdout` then has those that do. */
  describeEnclaves: (signal?: AbortSignal) => Promise<DescribedEnclave[]>
  terminateEnclave: (enclaveId: string, signal?: AbortSignal) => Promise<string>
}

interface Call<T> {
  args: string[]
  read: (stdout: string) => T
  timeoutMs: number
  signal?: AbortSignal | undefined
  onLine?: ((line: string) => void) | undefined
}

const minuteMs = 60_000

/** The real tool: the program `executable`, a path or a name on PATH. */
export function createNitroCli (executable: string): NitroCli {
  const call = <T>(options: Call<T>): Promise<T> => callNitroCli(executable, options)
  return {
    buildEnclave: (image, eifPath, signal, onLine) =>
      call({ args: buildEnclaveArguments(image, eifPath), read: readBuildEnclave, timeoutMs: 30 * minuteMs, signal, onLine }),
    describeEif: (eifPath, signal) => call({ args: describeEifArguments(eifPath), read: readDescribeEif, timeoutMs: 2 * minuteMs, signal }),
    // nitro-cli itself waits at least 180 s for a boot, and 90 s more for each 6 GiB of EIF and each 100 GiB of memory.
    runEnclave: (options, signal) => call({ args: runEnclaveArguments(options), read: readRunEnclave, timeoutMs: 10 * minuteMs, signal }),
    describeEnclaves: signal => call({ args: describeEnclavesArguments(), read: readDescribeEnclaves, timeoutMs: minuteMs / 2, signal }),
    terminateEnclave: (enclaveId, signal) =>
      call({ args: terminateEnclaveArguments(enclaveId), read: readTerminateEnclave, timeoutMs: minuteMs, signal }),
  }
}

async function callNitroCli<T> (executable: string, { args, read, timeoutMs, signal, onLine }: Call<T>): Promise<T> {
  const [command = ''] = args
  const running = execa(executable, args, {
    stdin: 'ignore',
    timeout: timeoutMs,
    ...signal === undefined ? {} : { cancelSignal: signal },
  })
  if (onLine !== undefined) forEachLine(running.iterable({ from: 'stderr' }), onLine).catch(() => undefined)
  const { stdout, stderr, exitCode } = await running.catch((error: unknown) => { throw toNitroCliError(command, error) })
  try {
    return read(stdout)
  } catch (cause) {
    // E00 is an error that exits with status 0.
    const printed = firstErrorIn(stderr)
    throw new NitroCliError(printed?.code ?? 'INVALID_OUTPUT', { command, exitCode, detail: printed?.detail ?? '' }, { cause })
  }
}

/** Rejects with the program, which is told by the call itself. */
async function forEachLine (lines: AsyncIterable<string>, onLine: (line: string) => void): Promise<void> {
  for await (const line of lines) if (line.trim() !== '') onLine(line.trim().slice(0, 500))
}
