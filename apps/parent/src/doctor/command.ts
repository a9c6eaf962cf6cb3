import { stat } from 'node:fs/promises'
import { parseArgs } from 'node:util'

import type { CommandOutput } from '../command-output.ts'
import { messageOf } from '../errors.ts'
import { examine } from './doctor.ts'
import { doctorPaths } from './paths.ts'
import { exitCodeOf, formatJson, formatTable } from './report.ts'

const usage = `Usage: enclave-signer doctor [--json] [--root <folder>]

Checks this host against the service's environment variables and says what to do. Changes nothing.

  --json           an array of {check, status, summary, advice?, facts} instead of a table
  --root <folder>  where the host's root folder is mounted; default /

Ends with 0 when nothing failed, 1 when something did, 2 for a wrong command line.
`

/** `enclave-signer doctor`: the arguments after that word, and the environment of the service. */
export async function doctorCommand (args: readonly string[], env: Readonly<Record<string, string | undefined>>): Promise<CommandOutput> {
  const options = parse(args)
  if (typeof options === 'string') return wrongUsage(options)
  const { help = false, json = false, root } = options
  if (help) return { stdout: usage, stderr: '', exitCode: 0 }
  if (root !== undefined && !await isFolder(root)) return wrongUsage('--root must be a folder')
  const results = await examine({ env, paths: doctorPaths(root) })
  return { stdout: json ? formatJson(results) : formatTable(results), stderr: '', exitCode: exitCodeOf(results) }
}

/** The options, or what is wrong with them. */
function parse (args: readonly string[]): { help?: boolean, json?: boolean, root?: string } | string {
  try {
    const options = { help: { type: 'boolean', short: 'h' }, json: { type: 'boolean' }, root: { type: 'string' } } as const
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values
  } catch (error) {
    return messageOf(error)
  }
}

function wrongUsage (fault: string): CommandOutput {
  return { stdout: '', stderr: `enclave-signer doctor: ${fault}\n\n${usage}`, exitCode: 2 }
}

async function isFolder (path: string): Promise<boolean> {
  return await stat(path).then(stats => stats.isDirectory(), () => false)
}
