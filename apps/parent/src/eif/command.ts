import { parseArgs } from 'node:util'

import type { CommandOutput } from '../command-output.ts'
import { ConfigError } from '../config/config-error.ts'
import { createConfig } from '../config/config.ts'
import { readEnvironment } from '../config/environment.ts'
import { messageOf } from '../errors.ts'
import { makeEif } from './make-eif.ts'

const usage = `Usage: enclave-signer eif

Makes the EIF that a service with these environment variables runs, and prints it with its measurements as JSON:
{"image", "imageId", "eifPath", "measurements": {"PCR0", "PCR1", "PCR2"}}. Starts no enclave. It needs docker and nitro-cli, but no Nitro host;
AWS_REGION and KMS_KEY_ARN, because they are measured; and ENCLAVE_IMAGE or ENCLAVE_EIF_PATH where there is no ECS metadata endpoint.
The EIF lies in DATA_DIR and is made once. Each step is told on standard error.

Ends with 0, with 1 when the EIF cannot be made, with 2 for a wrong command line or environment.
`

/** `enclave-signer eif`: the arguments after that word, the environment of the service, and where to tell each step. */
export async function eifCommand (
  args: readonly string[], env: Readonly<Record<string, string | undefined>>, say: (line: string) => void
): Promise<CommandOutput> {
  const options = parse(args)
  if (typeof options === 'string') return ended(2, `${options}\n\n${usage}`)
  if (options.help === true) return { stdout: usage, stderr: '', exitCode: 0 }
  try {
    const made = await makeEif(createConfig(readEnvironment(env)), say, new AbortController().signal)
    return { stdout: `${JSON.stringify(made, undefined, 2)}\n`, stderr: '', exitCode: 0 }
  } catch (error) {
    return ended(error instanceof ConfigError ? 2 : 1, `${messageOf(error)}\n`)
  }
}

/** The options, or what is wrong with them. */
function parse (args: readonly string[]): { help?: boolean } | string {
  try {
    return parseArgs({ args: [...args], options: { help: { type: 'boolean', short: 'h' } }, strict: true, allowPositionals: false }).values
  } catch (error) {
    return messageOf(error)
  }
}

function ended (exitCode: number, reason: string): CommandOutput {
  return { stdout: '', stderr: `enclave-signer eif: ${reason}`, exitCode }
}
