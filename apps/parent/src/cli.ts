#!/usr/bin/env node
import { auditCommand } from './audit/command.ts'
import type { CommandOutput } from './command-output.ts'
import { doctorCommand } from './doctor/command.ts'
import { eifCommand } from './eif/command.ts'
import { policyCommand } from './policy/command.ts'
import { tokenCommand } from './token/command.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** The process edge of `enclave-signer <command>`: arguments and environment in, text and exit status out. The service is `main.ts`. */
interface Command {
  about: string
  /** `say` prints a line on standard error at once, for work that takes minutes. */
  run: (args: readonly string[], env: Environment, say: (line: string) => void) => Promise<CommandOutput> | CommandOutput
}

const commands: Readonly<Record<string, Command>> = {
  audit: { about: 'check that an audit log is as it was written', run: auditCommand },
  doctor: { about: 'check this host against the configuration', run: doctorCommand },
  eif: { about: 'make and measure the enclave\'s image without starting it', run: eifCommand },
  policy: { about: 'print the KMS key policy for given measurements', run: policyCommand },
  token: { about: 'make a bearer token for a caller', run: tokenCommand },
}

const lines = Object.entries(commands).map(([name, { about }]) => `  ${name.padEnd(10)}${about}\n`)
const usage = `Usage: enclave-signer <command> [--help]\n\n${lines.join('')}`

const [name, ...args] = process.argv.slice(2)
const { stdout, stderr, exitCode } = await run(name)
process.stderr.write(stderr)
// A check that was given up on may still hold a socket open: end as soon as everything is written.
process.stdout.write(stdout, () => { process.exit(exitCode) })

async function run (command: string | undefined): Promise<CommandOutput> {
  if (command === '--help' || command === '-h' || command === 'help') return { stdout: usage, stderr: '', exitCode: 0 }
  const known = command !== undefined && Object.hasOwn(commands, command) ? commands[command] : undefined
  if (known !== undefined) return await known.run(args, process.env, say)
  const fault = command === undefined ? 'a command is missing' : `there is no command "${command}"`
  return { stdout: '', stderr: `enclave-signer: ${fault}\n\n${usage}`, exitCode: 2 }
}

function say (line: string): void {
  process.stderr.write(`${line}\n`)
}
