import { messageOf, ParentError } from '../errors.ts'
import { NitroCliError } from '../nitro-cli/errors.ts'
import type { NitroCli } from '../nitro-cli/nitro-cli.ts'
import type { DescribedEnclave } from '../nitro-cli/output.ts'
import { readDescribeEnclaves } from '../nitro-cli/output.ts'
import { isOwnEnclave } from './enclave-name.ts'
import type { EnclaveProcessMemory } from './enclave-process.ts'

/** What ending our enclaves needs. */
export interface LeftoverOptions {
  nitroCli: Pick<NitroCli, 'describeEnclaves' | 'terminateEnclave'>
  /** The parent's `ENCLAVE_NAME`: only enclaves named after it are ended. */
  parentName: string
  processes: EnclaveProcessMemory
}

/** nitro-cli itself gives an enclave process 3 s to answer; ending an enclave takes about a second. */
const terminateTimeoutMs = 10_000
/** One that answers no pings gets less: its process is ended instead. */
const impatientTimeoutMs = 600

/** The enclaves of this host. */
export interface HostEnclaves {
  enclaves: DescribedEnclave[]
  /** Whether some enclave process did not answer: then an enclave that is not listed may be there all the same. */
  complete: boolean
}

/** Lists the enclaves whose process answers: another one's that hangs must not keep ours from being looked after. */
export async function listEnclaves (nitroCli: Pick<NitroCli, 'describeEnclaves'>, signal?: AbortSignal): Promise<HostEnclaves> {
  try {
    return { enclaves: await nitroCli.describeEnclaves(signal), complete: true }
  } catch (error) {
    if (!(error instanceof NitroCliError) || error.code !== 'E39' || error.stdout.trim() === '') throw error
    return { enclaves: readDescribeEnclaves(error.stdout), complete: false }
  }
}

/**
 * Ends every enclave of this parent, whichever life of it started them; the ids of those it ended. An enclave that does not end by
 * nitro-cli is ended through its process.
 *
 * @throws NitroCliError; ParentError `ENCLAVE_NOT_ENDED`.
 */
export async function endOwnEnclaves (options: LeftoverOptions, signal?: AbortSignal): Promise<string[]> {
  const { nitroCli, parentName, processes } = options
  const remembered = await processes.recall()
  const ended = remembered?.stopped === true && await processes.kill() ? [remembered.enclaveId] : []
  const { enclaves, complete } = await listEnclaves(nitroCli, signal)
  for (const { enclaveId } of enclaves.filter(enclave => isOwnEnclave(enclave, parentName))) {
    await endEnclave(enclaveId, options, { timeoutMs: terminateTimeoutMs, signal })
    ended.push(enclaveId)
  }
  const silent = !complete && remembered !== undefined && !ended.includes(remembered.enclaveId)
  if (silent && await processes.kill()) ended.push(remembered.enclaveId)
  await processes.forget()
  return ended
}

/** Ends an enclave that answers nothing any more, without waiting long for nitro-cli. Never rejects: the next launch looks again. */
export async function endUnresponsiveEnclave (enclaveId: string, options: LeftoverOptions): Promise<void> {
  if ((await options.processes.recall())?.stopped === true && await options.processes.kill()) return
  await endEnclave(enclaveId, options, { timeoutMs: impatientTimeoutMs }).catch(() => undefined)
}

interface Patience {
  timeoutMs: number
  signal?: AbortSignal | undefined
}

async function endEnclave (enclaveId: string, { nitroCli, processes }: LeftoverOptions, { timeoutMs, signal }: Patience): Promise<void> {
  const timeout = AbortSignal.timeout(timeoutMs)
  try {
    await nitroCli.terminateEnclave(enclaveId, signal === undefined ? timeout : AbortSignal.any([signal, timeout]))
  } catch (cause) {
    signal?.throwIfAborted()
    if ((await processes.recall())?.enclaveId === enclaveId && await processes.kill()) return
    const { enclaves, complete } = await listEnclaves(nitroCli, signal)
    if (complete && enclaves.every(enclave => enclave.enclaveId !== enclaveId)) return
    throw new ParentError('ENCLAVE_NOT_ENDED', `the enclave ${enclaveId} could not be ended: ${messageOf(cause)}`, { enclaveId }, { cause })
  }
}
