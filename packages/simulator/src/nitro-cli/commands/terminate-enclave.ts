import type { Arguments } from '../../command-line/clap.ts'
import { commandEnclave, enclaveIdOf } from '../running-enclaves/find-enclave.ts'
import { formatJson, terminateInfo } from '../output.ts'
import { findRunningEnclaves } from '../running-enclaves/running-enclaves.ts'
import type { CommandContext } from '../terminal.ts'

/**
 * `terminate-enclave`: answers when the enclave has ended.
 *
 * @throws NitroCliFailure E11 for an unknown id, E58 for an unknown name.
 */
export async function terminateEnclave (args: Arguments, context: CommandContext): Promise<void> {
  const { paths, out } = context
  if (!args.has('all')) {
    out(formatJson(await terminate(await enclaveIdOf(args, paths), context)))
    return
  }
  const { records } = await findRunningEnclaves(paths)
  out(formatJson(await Promise.all(records.map(async ({ enclaveId }) => await terminate(enclaveId, context)))))
}

async function terminate (enclaveId: string, { paths, err }: CommandContext): Promise<Record<string, unknown>> {
  const record = await commandEnclave(enclaveId, 'terminate', paths)
  err(`Successfully terminated enclave ${record.enclaveId}.`)
  return terminateInfo(record)
}
