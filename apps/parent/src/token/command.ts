import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'

import { callerNamePattern } from '../callers/callers-file.ts'
import { sha256Of } from '../callers/credentials/tokens.ts'
import type { CommandOutput } from '../command-output.ts'
import { messageOf } from '../errors.ts'

const usage = `Usage: enclave-signer token [--name <caller>]

Makes a bearer token of 256 random bits and shows it once, with the entry for CALLERS_FILE, which holds its SHA-256 only.

  --name <caller>  the caller's name in the entry; default my-service

The token alone goes to standard output, so that it can be piped to where secrets are kept.
`

/** By which a secret scanner knows a token that was published. */
const prefix = 'enclave-signer-token-'

/** `enclave-signer token`: the arguments after that word. */
export function tokenCommand (args: readonly string[]): CommandOutput {
  const options = parse(args)
  if (typeof options === 'string') return wrongUsage(options)
  const { help = false, name = 'my-service' } = options
  if (help) return { stdout: usage, stderr: '', exitCode: 0 }
  if (!new RegExp(callerNamePattern).test(name)) return wrongUsage('--name must be 1 to 64 letters, digits, ".", "_" and "-"')
  const token = `${prefix}${randomBytes(32).toString('base64url')}`
  return { stdout: `${token}\n`, stderr: entryFor(name, sha256Of(token).toString('hex')), exitCode: 0 }
}

function wrongUsage (fault: string): CommandOutput {
  return { stdout: '', stderr: `enclave-signer token: ${fault}\n\n${usage}`, exitCode: 2 }
}

/** The options, or what is wrong with them. */
function parse (args: readonly string[]): { help?: boolean, name?: string } | string {
  try {
    const options = { help: { type: 'boolean', short: 'h' }, name: { type: 'string' } } as const
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values
  } catch (error) {
    return messageOf(error)
  }
}

function entryFor (name: string, sha256: string): string {
  return `# For "callers:" in CALLERS_FILE. The token itself stands on standard output, this once.
  - name: ${name}
    credentials:
      - tokenSha256: "${sha256}"
    permissions:
      - actions: [sign, keys:read]
        keys: ["${name}-*"]
`
}
