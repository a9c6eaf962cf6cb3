import { failure } from './command-result.ts'
import type { CommandResult } from './command-result.ts'

/** The options and operands that were given to a command. */
export interface Options {
  readonly values: ReadonlyMap<string, string>
  readonly operands: readonly string[]
}

/** The options a command knows: without a value, and with one. */
export interface KnownOptions {
  readonly flags: readonly string[]
  readonly values: readonly string[]
}

/** Reads a command's arguments; answers the first option it does not know as `unknown`. */
export function readOptions (args: readonly string[], known: KnownOptions): Options | { unknown: string } {
  const values = new Map<string, string>()
  const operands: string[] = []
  for (let index = 0; index < args.length; index++) {
    const argument = args[index] ?? ''
    const [name = '', value] = argument.startsWith('--') ? argument.split(/=(.*)/s, 2) : [argument]
    if (known.flags.includes(name)) continue
    if (known.values.includes(name)) values.set(name, value ?? args[++index] ?? '')
    else if (argument.startsWith('-') && argument !== '-') return { unknown: name }
    else operands.push(argument)
  }
  return { values, operands }
}

/** Docker's words for an option that a command does not know. */
export function unknownFlag (flag: string, command: string): CommandResult {
  return failure(125, `unknown flag: ${flag}\n\nUsage:  docker ${command} [OPTIONS]\n\nRun 'docker ${command} --help' for more information`)
}
