import type { Arguments } from '../../command-line/clap.ts'
import { NitroCliFailure } from '../failure.ts'
import { describeInfo, formatJson } from '../output.ts'
import { isHidden } from '../running-enclaves/hidden-enclave.ts'
import { findRunningEnclaves } from '../running-enclaves/running-enclaves.ts'
import type { CommandContext } from '../terminal.ts'

/**
 * `describe-enclaves`: prints the enclaves whose processes answer.
 *
 * @throws NitroCliFailure E39, after printing, when a process is there and does not answer.
 */
export async function describeEnclaves (args: Arguments, { paths, out, err }: CommandContext): Promise<void> {
  const { records, silent } = await findRunningEnclaves(paths)
  if (silent.length > 0) err(`Failed connections: ${silent.length}`)
  const listed = records.filter(({ enclaveId }) => !isHidden(paths, enclaveId))
  out(formatJson(listed.map((record) => describeInfo(record, args.has('metadata')))))
  if (silent.length === 0) return
  throw new NitroCliFailure('E39', `Failed to connect to ${silent.length} enclave processes`, { within: ['Failed to handle all enclave process replies'] })
}
