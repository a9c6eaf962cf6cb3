import { SimulatorError } from '../errors.ts'
import { withEnvironmentItem } from './image.ts'
import type { ImageConfig } from './image.ts'

/** One instruction of a Dockerfile. */
export interface Instruction {
  /** Upper case. */
  readonly name: string
  /** Everything after the name, trimmed. */
  readonly argument: string
  /** Number of its first line, from 1. */
  readonly line: number
}

/** What a Dockerfile says, as far as it is simulated. */
export interface Dockerfile {
  /** The image that FROM names. */
  readonly base: string
  readonly changes: readonly Instruction[]
}

/** The instructions that are simulated after FROM. */
const simulatedInstructions = ['ENV', 'CMD', 'ENTRYPOINT']

/**
 * Reads a Dockerfile of one stage made of FROM, ENV, CMD and ENTRYPOINT.
 *
 * @throws SimulatorError `DOCKERFILE_INVALID` with Docker's own words for what is wrong; `NOT_SIMULATED` for an instruction beyond these.
 */
export function parseDockerfile (text: string): Dockerfile {
  const [from, ...changes] = instructionsOf(text)
  if (!from) throw invalid('file with no instructions')
  if (from.name !== 'FROM') throw invalid('no build stage in current context')
  for (const { name, line } of changes) {
    if (simulatedInstructions.includes(name)) continue
    if (!dockerInstructions.has(name)) throw invalid(`dockerfile parse error on line ${line}: unknown instruction: ${name}`)
    throw new SimulatorError('NOT_SIMULATED', `the simulated docker knows FROM, ENV, CMD and ENTRYPOINT, not ${name}`, { facts: { subject: name } })
  }
  return { base: from.argument, changes }
}

/** Docker's other instructions (Dockerfile reference). */
const dockerInstructions = new Set([
  'FROM', 'ADD', 'ARG', 'COPY', 'EXPOSE', 'HEALTHCHECK', 'LABEL', 'MAINTAINER', 'ONBUILD', 'RUN', 'SHELL', 'STOPSIGNAL', 'USER', 'VOLUME', 'WORKDIR',
])

function instructionsOf (text: string): Instruction[] {
  const instructions: Instruction[] = []
  let pending = ''
  let first = 0
  for (const [index, line] of text.split('\n').entries()) {
    if (/^\s*(#|$)/.test(line)) continue
    if (pending === '') first = index + 1
    pending += line
    if (pending.endsWith('\\')) {
      pending = pending.slice(0, -1)
      continue
    }
    const [, name = '', argument = ''] = /^\s*(\S+)\s*(.*?)\s*$/.exec(pending) ?? []
    instructions.push({ name: name.toUpperCase(), argument, line: first })
    pending = ''
  }
  return instructions
}

/** The configuration of the image that a Dockerfile makes out of its base's. */
export function applyInstructions (base: ImageConfig, changes: readonly Instruction[]): ImageConfig {
  return changes.reduce((config, { name, argument, line }) => {
    if (name === 'CMD') return { ...config, Cmd: parseCommand(argument) }
    // An ENTRYPOINT of its own drops the base image's CMD (Dockerfile reference, "Understand how CMD and ENTRYPOINT interact").
    if (name === 'ENTRYPOINT') return { ...config, Cmd: null, Entrypoint: parseCommand(argument) }
    const Env = parseEnvironment(argument, line).reduce((items, [key, value]) => withEnvironmentItem(items, key, value), [...config.Env])
    return { ...config, Env }
  }, base)
}

/** The JSON form is taken as it is; anything else goes through a shell. */
function parseCommand (argument: string): string[] {
  try {
    const command: unknown = JSON.parse(argument)
    if (Array.isArray(command) && command.every((item) => typeof item === 'string')) return command
  } catch {
    // Not JSON: the shell form.
  }
  return ['/bin/sh', '-c', argument]
}

/** `NAME=value …`, where values may be quoted or hold `\` before a space; or the older `NAME value`. */
function parseEnvironment (argument: string, line: number): [string, string][] {
  const [, oldName, oldValue] = /^([^\s=]+)\s+(.*)$/.exec(argument) ?? []
  if (oldName !== undefined && oldValue !== undefined) return [[oldName, oldValue]]
  const items = argument.match(/(?:"(?:\\.|[^"])*"|'[^']*'|\\.|[^\s"'\\])+/g) ?? []
  if (items.length === 0) throw invalid(`dockerfile parse error on line ${line}: ENV requires at least one argument`)
  return items.map((item) => {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(item) ?? []
    if (name === undefined || value === undefined) {
      throw invalid(`dockerfile parse error on line ${line}: Syntax error - can't find = in "${item}". Must be of the form: name=value`)
    }
    return [name, unquote(value)]
  })
}

function unquote (value: string): string {
  return value.replace(/"((?:\\.|[^"])*)"|'([^']*)'|\\(.)/g, (_, double?: string, single?: string, escaped?: string) => {
    return double?.replace(/\\(["\\$])/g, '$1') ?? single ?? escaped ?? ''
  })
}

function invalid (message: string): SimulatorError {
  return new SimulatorError('DOCKERFILE_INVALID', message)
}
