import type { SimulatorPaths } from '../../state/simulator-directory.ts'
import type { Arguments } from '../../command-line/clap.ts'
import { askEnclave, controlPath } from './control-socket.ts'
import type { ControlCommand } from './control-socket.ts'
import type { EnclaveRecord } from './enclave-record.ts'
import { NitroCliFailure } from '../failure.ts'
import { findRunningEnclaves } from './running-enclaves.ts'

/**
 * The id of the enclave that `--enclave-id` or `--enclave-name` means; whether it runs is not looked at for an id.
 *
 * @throws NitroCliFailure E58 when no enclave, or more than one, has the name.
 */
export async function enclaveIdOf (args: Arguments, paths: SimulatorPaths): Promise<string> {
  const name = args.value('enclave-name')
  if (name === undefined) return args.value('enclave-id') ?? ''
  const { records } = await findRunningEnclaves(paths)
  const [match, ...others] = records.filter(({ enclaveName }) => enclaveName === name)
  if (match && others.length === 0) return match.enclaveId
  const reason = match ? 'Conflicting enclave names have been found.' : 'No enclave matched the given name.'
  throw new NitroCliFailure('E58', reason, { within: ['Get ID by Name'] })
}

/**
 * Sends a command to the process of one enclave.
 *
 * @throws NitroCliFailure E11 when there is no such process.
 */
export async function commandEnclave (enclaveId: string, command: ControlCommand, paths: SimulatorPaths): Promise<EnclaveRecord> {
  try {
    return await askEnclave(controlPath(paths, enclaveId), command) as EnclaveRecord
  } catch (cause) {
    const reason = 'Failed to connect to specific enclave process: Os { code: 2, kind: NotFound, message: "No such file or directory" }'
    throw new NitroCliFailure('E11', reason, { within: ['Failed to connect to enclave process'], cause })
  }
}
