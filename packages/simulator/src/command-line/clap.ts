/*
 * The part of the argument parser that nitro-cli and vsock-proxy are built with (clap 4), as far as its behaviour shows: which command
 * lines are refused, with what text on stderr, and exit status 2.
 */

/** One option. */
export interface OptionSpec {
  readonly name: string
  /** One character after a single dash. */
  readonly short?: string
  readonly kind: 'flag' | 'value' | 'values'
  /** One of these must be given when the option itself is not. Absent: not required. Empty: always required. */
  readonly requiredUnless?: readonly string[]
  readonly conflictsWith?: readonly string[]
  readonly requires?: string
}

/** The options of a command and the names of its operands, which are all required. */
export interface CommandSpec {
  /** As in `Usage: <usage> [OPTIONS]`. */
  readonly usage: string
  readonly about: string
  readonly options: readonly OptionSpec[]
  readonly operands?: readonly string[]
}

/** What was given. */
export interface Arguments {
  readonly has: (name: string) => boolean
  readonly value: (name: string) => string | undefined
  readonly values: (name: string) => readonly string[] | undefined
  readonly operands: readonly string[]
}

/** The command line is refused (exit 2, stderr), or asks for help or the version (exit 0, stdout). */
export class ClapExit extends Error {
  override readonly name = 'ClapExit'
  readonly exitCode: 0 | 2

  constructor (exitCode: 0 | 2, message: string) {
    super(message)
    this.exitCode = exitCode
  }
}

/**
 * Parses a command's arguments.
 *
 * @throws ClapExit when they are refused or ask for help.
 */
export function parseArguments (args: readonly string[], command: CommandSpec): Arguments {
  const given = new Map<string, string[]>()
  const operands: string[] = []
  const rest = [...args]
  for (let argument = rest.shift(); argument !== undefined; argument = rest.shift()) {
    if (argument === '--help' || argument === '-h') throw new ClapExit(0, `${command.about}\n\n${usageOf(command)}`)
    if (!argument.startsWith('-') || argument === '-') operands.push(argument)
    else takeOption(argument, rest, command, given)
  }
  checkOperands(operands, command)
  checkOptions(given, operands, command)
  return {
    has: (name) => given.has(name),
    value: (name) => given.get(name)?.[0],
    values: (name) => given.get(name),
    operands,
  }
}

function takeOption (argument: string, rest: string[], command: CommandSpec, given: Map<string, string[]>): void {
  const [dashed = '', inline] = splitOption(argument)
  const option = command.options.find(({ name, short }) => dashed === `--${name}` || dashed === `-${short}`)
  if (!option) throw refuse(`unexpected argument '${dashed}' found`, command)
  if (given.has(option.name) && option.kind !== 'values') throw refuse(`the argument '${signature(option)}' cannot be used multiple times`, command)
  given.set(option.name, [...given.get(option.name) ?? [], ...takeValues(option, inline, rest, command)])
}

/** `--name=value`, `-n=value` and `-nvalue` hold their value. */
function splitOption (argument: string): (string | undefined)[] {
  return argument.startsWith('--') ? argument.split(/=(.*)/s, 2) : (/^(-.)(?:=?(.+))?$/s.exec(argument)?.slice(1) ?? [argument])
}

function takeValues (option: OptionSpec, inline: string | undefined, rest: string[], command: CommandSpec): string[] {
  if (option.kind === 'flag') {
    if (inline === undefined) return []
    throw refuse(`unexpected value '${inline}' for '${signature(option)}' found; no more were expected`, command)
  }
  if (inline !== undefined) return [inline]
  const next = rest.findIndex((item) => item.startsWith('-') && item !== '-')
  const available = next === -1 ? rest.length : next
  if (available === 0) throw refuse(`a value is required for '${signature(option)}' but none was supplied`, command)
  return rest.splice(0, option.kind === 'values' ? available : 1)
}

function checkOperands (operands: readonly string[], command: CommandSpec): void {
  const [extra] = operands.slice(command.operands?.length ?? 0)
  if (extra !== undefined) throw refuse(`unexpected argument '${extra}' found`, command)
}

function checkOptions (given: ReadonlyMap<string, unknown>, operands: readonly string[], command: CommandSpec): void {
  for (const option of command.options.filter(({ name }) => given.has(name))) {
    const other = command.options.find(({ name }) => option.conflictsWith?.includes(name) && given.has(name))
    if (other) throw refuse(`the argument '${signature(option)}' cannot be used with '${signature(other)}'`, command)
  }
  const missing = [
    ...command.options.filter((option) => isMissing(option, given)).map(signature),
    ...command.options.flatMap(({ name, requires }) => requires && given.has(name) ? [requires] : [])
      .filter((name) => !given.has(name)).map((name) => signatureOf(name, command)),
    ...(command.operands ?? []).slice(operands.length).map((name) => `<${name}>`),
  ]
  if (missing.length === 0) return
  throw refuse(`the following required arguments were not provided:\n${missing.map((item) => `  ${item}`).join('\n')}`, command)
}

function isMissing ({ name, requiredUnless }: OptionSpec, given: ReadonlyMap<string, unknown>): boolean {
  return requiredUnless !== undefined && !given.has(name) && !requiredUnless.some((other) => given.has(other))
}

function signatureOf (name: string, { options }: CommandSpec): string {
  return signature(options.find((option) => option.name === name) ?? { name, kind: 'value' })
}

function signature ({ name, kind }: OptionSpec): string {
  return kind === 'flag' ? `--${name}` : `--${name} <${name}>${kind === 'values' ? '...' : ''}`
}

function usageOf ({ usage, operands = [] }: CommandSpec): string {
  return `Usage: ${[usage, '[OPTIONS]', ...operands.map((name) => `<${name}>`)].join(' ')}`
}

function refuse (message: string, command: CommandSpec): ClapExit {
  return new ClapExit(2, `error: ${message}\n\n${usageOf(command)}\n\nFor more information, try '--help'.`)
}
