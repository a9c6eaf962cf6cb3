#!/usr/bin/env node
import { doctorCommand } from './doctor/command.ts'
import type { CommandOutput } from './doctor/command.ts'

/** The process edge of `enclave-signer <command>`: arguments and environment in, text and exit status out. The service is `main.ts`. */
interface Command {
  about: string
  run: (args: readonly string[], env: Readonly<Record<string, string | undefined>>) => Promise<CommandOutput>
}

const commands: Readonly<Record<string, Command>> = {
  doctor: { about: 'check this host against the configuration', run: doctorCommand },
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
  if (known !== undefined) return await known.run(args, process.env)
  const fault = command === undefined ? 'a command is missing' : `there is no command "${command}"`
  return { stdout: '', stderr: `enclave-signer: ${fault}\n\n${usage}`, exitCode: 2 }
}
