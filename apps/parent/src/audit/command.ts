import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import type { CommandOutput } from '../command-output.ts'
import { messageOf } from '../errors.ts'
import { isAuditFile } from './audit-files.ts'
import { verifyAuditFiles } from './verify.ts'
import { reportOf } from './verify-report.ts'

const usage = `Usage: enclave-signer audit verify [--expect-head <hash>]... [<folder or file>...]

Reads an audit log and says of every changed, missing, reordered, repeated or torn line in which file and line it is. Changes nothing.
Without a folder or file it reads DATA_DIR/audit. Files are read in the order of their names.

  --expect-head <hash>  a hash that /enclave/status or the service's log once showed as the head of this log: the log must still hold it.
                        Without one, nothing shows that lines at the end are gone.

Ends with 0 when the log is as it was written, 1 when it is not, 2 for a wrong command line or files that cannot be read.
`

/** `enclave-signer audit`: the arguments after that word, and the environment of the service. */
export async function auditCommand (args: readonly string[], env: Readonly<Record<string, string | undefined>>): Promise<CommandOutput> {
  const options = parse(args)
  if (typeof options === 'string') return failed(`${options}\n\n${usage}`)
  if (options.help) return { stdout: usage, stderr: '', exitCode: 0 }
  const { paths, expectedHeads } = options
  try {
    const files = filesOf(paths.length === 0 ? [join(env.DATA_DIR ?? './data', 'audit')] : paths)
    if (files.length === 0) return failed('there is no audit log')
    const verification = await verifyAuditFiles(files, expectedHeads)
    return { stdout: reportOf(verification), stderr: '', exitCode: verification.faults === 0 ? 0 : 1 }
  } catch (error) {
    return failed(messageOf(error))
  }
}

interface Options {
  help: boolean
  paths: string[]
  expectedHeads: string[]
}

/** The options, or what is wrong with them. */
function parse (args: readonly string[]): Options | string {
  try {
    const options = { help: { type: 'boolean', short: 'h' }, 'expect-head': { type: 'string', multiple: true } } as const
    const { values: { help = false, 'expect-head': expectedHeads = [] }, positionals: [verb, ...paths] } = parseArgs({
      args: [...args], options, strict: true, allowPositionals: true,
    })
    if (!help && verb !== 'verify') return verb === undefined ? 'say "audit verify"' : `there is no "audit ${verb}"`
    if (expectedHeads.some(head => !/^[0-9a-f]{64}$/.test(head))) return '--expect-head must be 64 lower-case hexadecimal digits'
    return { help, paths, expectedHeads }
  } catch (error) {
    return messageOf(error)
  }
}

/** A file counts as given; of a folder, those that are the log's. */
function filesOf (paths: readonly string[]): string[] {
  return paths.flatMap(path => {
    if (!statSync(path).isDirectory()) return [path]
    return readdirSync(path).filter(isAuditFile).map(file => join(path, file))
  })
}

function failed (fault: string): CommandOutput {
  return { stdout: '', stderr: `enclave-signer audit: ${fault}\n`, exitCode: 2 }
}
