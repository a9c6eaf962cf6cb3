import { takeFault } from '../faults/fault-file.ts'
import { runWithFault } from '../faults/run-with-fault.ts'
import { simulatorDirectory } from '../state/simulator-directory.ts'
import { buildEnclave } from './commands/build-enclave.ts'
import { ClapExit, parseArguments } from '../command-line/clap.ts'
import type { Arguments } from '../command-line/clap.ts'
import { nitroCliCommands } from './command-specs.ts'
import type { NitroCliCommand } from './command-specs.ts'
import { showConsole } from './commands/console.ts'
import { describeEif } from './commands/describe-eif.ts'
import { describeEnclaves } from './commands/describe-enclaves.ts'
import { exitCodeOf } from './error-codes.ts'
import { NitroCliFailure, nitroCliVersion, reportFailure } from './failure.ts'
import { failAsInjected } from './injected-failure.ts'
import { printPcr } from './commands/pcr.ts'
import { runEnclave } from './commands/run-enclave.ts'
import type { CommandContext } from './terminal.ts'
import { terminateEnclave } from './commands/terminate-enclave.ts'

type Handler = (args: Arguments, context: CommandContext) => void | Promise<void>

/** What each command does, and the action that its err file names. */
const handlers: Readonly<Record<NitroCliCommand, { action: string, run: Handler }>> = {
  'run-enclave': { action: 'Run Enclave', run: runEnclave },
  'terminate-enclave': { action: 'Terminate Enclave', run: terminateEnclave },
  'build-enclave': { action: 'Build Enclave', run: buildEnclave },
  'describe-eif': { action: 'Describe EIF', run: describeEif },
  'describe-enclaves': { action: 'Describe Enclave', run: describeEnclaves },
  console: { action: 'Enclave Console', run: showConsole },
  pcr: { action: 'File PCR', run: printPcr },
}

const commandLines = Object.entries(nitroCliCommands).map(([name, command]) => `  ${name.padEnd(18)}${command.about}`)
const about = ['CLI for enclave lifetime management', '', 'Usage: nitro-cli <COMMAND>', '', 'Commands:', ...commandLines].join('\n')

process.exitCode = await main(process.argv.slice(2))

async function main ([name, ...rest]: readonly string[]): Promise<number> {
  try {
    const command = commandOf(name)
    const args = parseArguments(rest, { ...nitroCliCommands[command], usage: `nitro-cli ${command}` })
    return await run(command, args)
  } catch (error) {
    if (!(error instanceof ClapExit)) throw error
    const stream = error.exitCode === 0 ? process.stdout : process.stderr
    stream.write(`${error.message}\n`)
    return error.exitCode
  }
}

function commandOf (name: string | undefined): NitroCliCommand {
  if (name === undefined) throw new ClapExit(2, about)
  if (name === '--version' || name === '-V') throw new ClapExit(0, `Nitro CLI ${nitroCliVersion}`)
  if (name === '--help' || name === '-h' || name === 'help') throw new ClapExit(0, about)
  if (Object.hasOwn(nitroCliCommands, name)) return name as NitroCliCommand
  const what = name.startsWith('-') ? `unexpected argument '${name}' found` : `unrecognized subcommand '${name}'`
  throw new ClapExit(2, `error: ${what}\n\nUsage: nitro-cli <COMMAND>\n\nFor more information, try '--help'.`)
}

async function run (command: NitroCliCommand, args: Arguments): Promise<number> {
  const paths = simulatorDirectory(process.env)
  const fault = takeFault(paths.directory, `nitro-cli ${command}`)
  if (fault === undefined) return await work(command, args, { paths, out: (line) => { process.stdout.write(`${line}\n`) }, err })
  return await runWithFault({
    fault,
    work: async (print) => await work(command, args, { paths, fault, out: (line) => { print(`${line}\n`) }, err }),
    fail: () => failAsInjected(fault, { action: handlers[command].action, logs: paths.logs, err }),
  })
}

function err (line: string): void {
  process.stderr.write(`${line}\n`)
}

async function work (command: NitroCliCommand, args: Arguments, context: CommandContext): Promise<number> {
  const { action, run: handler } = handlers[command]
  try {
    await handler(args, context)
    return 0
  } catch (error) {
    if (!(error instanceof NitroCliFailure)) throw error
    err(reportFailure(error, action, context.paths.logs))
    return exitCodeOf(error.code)
  }
}
