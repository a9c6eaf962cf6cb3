import { readFile } from 'node:fs/promises'

import type { CommandOutput } from '../command-output.ts'
import { comparePolicies, isSame } from './compare-policies.ts'
import type { GivenPolicy } from './given-policy.ts'
import { readGivenPolicy } from './given-policy.ts'
import { keyPolicyOf } from './key-policy.ts'
import type { KeyPolicy } from './key-policy.ts'
import { readPolicyRequest } from './request.ts'
import { inWords } from './words.ts'

const usage = `Usage: enclave-signer policy (--pcr0 <hex> | --from <file>)... --task-role <arn> --admin-role <arn>... [options]

Prints the key policy under which only the measured enclave can use the KMS key. Asks nobody and changes nothing.

  --pcr0 <hex>           an image that may open the key; several while one follows the other
  --from <file>          the same, out of what nitro-cli, "enclave-signer eif" or /enclave/status printed
  --task-role <arn>      whose credentials the enclave is given
  --admin-role <arn>     who may change the policy; name at least two
  --allow-import <arn>   who may encrypt keys to import; without it nobody may encrypt
  --instance-role <arn>  the role of the parent instance, from which PCR3 is computed; other instances are refused
  --pcr3 <hex>           the same as a PCR
  --pcr8 <hex>           the certificate that the image is signed with; other signers are refused
  --diff <file>          says how the policy in the file (aws kms get-key-policy) differs, in place of printing

Ends with 0; with --diff with 0 when the two say the same and 1 when not; with 2 for a wrong command line.
`

/** `enclave-signer policy`: the arguments after that word. */
export async function policyCommand (args: readonly string[]): Promise<CommandOutput> {
  if (args.some(arg => arg === '--help' || arg === '-h')) return { stdout: usage, stderr: '', exitCode: 0 }
  const request = await readPolicyRequest(args, readText)
  if ('faults' in request) return wrongUsage(request.faults)
  const policy = keyPolicyOf(request.options)
  if (request.diff === undefined) return { stdout: `${JSON.stringify(policy, undefined, 2)}\n`, stderr: '', exitCode: 0 }
  const current = await readText(request.diff).then(readGivenPolicy, () => undefined)
  return current === undefined ? wrongUsage([`--diff must be a file with a key policy, as "aws kms get-key-policy" prints it: ${request.diff}`]) : difference(current, policy)
}

function difference (current: GivenPolicy, policy: KeyPolicy): CommandOutput {
  const statements = policy.Statement.map(statement => ({ ...statement }))
  const comparison = comparePolicies(current, { version: policy.Version, statements })
  return { stdout: inWords(comparison), stderr: '', exitCode: isSame(comparison) ? 0 : 1 }
}

function wrongUsage (faults: readonly string[]): CommandOutput {
  const list = faults.map(fault => `  ${fault}\n`).join('')
  return { stdout: '', stderr: `enclave-signer policy: the command line has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}:\n${list}\n${usage}`, exitCode: 2 }
}

async function readText (path: string): Promise<string> {
  return await readFile(path, 'utf8')
}
