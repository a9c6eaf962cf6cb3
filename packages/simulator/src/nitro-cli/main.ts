import { simulatorDirectory } from '../state/simulator-directory.ts'
import { buildEnclave } from './build-enclave.ts'
import { ClapExit, parseArguments } from './clap.ts'
import type { Arguments } from './clap.ts'
import { nitroCliCommands } from './commands.ts'
import type { NitroCliCommand } from './commands.ts'
import { showConsole } from './console.ts'
import { describeEif } from './describe-eif.ts'
import { describeEnclaves } from './describe-enclaves.ts'
import { exitCodeOf } from './error-codes.ts'
import { NitroCliFailure, nitroCliVersion, reportFailure } from './failure.ts'
import { printPcr } from './pcr.ts'
import { runEnclave } from './run-enclave.ts'
import type { CommandContext } from './terminal.ts'
import { terminateEnclave } from './terminate-enclave.ts'

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
  const { action, run: handler } = handlers[command]
  const err = (line: string): void => { process.stderr.write(`${line}\n`) }
  try {
    await handler(args, { paths, out: (line) => { process.stdout.write(`${line}\n`) }, err })
    return 0
  } catch (error) {
    if (!(error instanceof NitroCliFailure)) throw error
    err(reportFailure(error, action, paths.logs))
    return exitCodeOf(error.code)
  }
}
