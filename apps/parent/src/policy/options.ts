import { parseArgs } from 'node:util'

import { matching, pcr } from '../config/readers.ts'
import type { Reader } from '../config/readers.ts'

const role = matching(/^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,576}$/,
  'the ARN of a role (arn:aws:iam::<account>:role/<name>), not of a session of one')
const administrator = matching(/^arn:aws[a-z-]*:iam::\d{12}:(root|role\/[\w+=,.@/-]{1,576})$/,
  'the ARN of a role (arn:aws:iam::<account>:role/<name>) or of the account\'s root (arn:aws:iam::<account>:root)')
const path = matching(/./, 'a file')

/** A measurement that an enclave can have: every one in debug mode attests zeros, whatever it runs. */
export const measurement: Reader<string> = text => /^0{96}$/.test(text)
  ? { expected: 'a measurement other than zeros, which every enclave in debug mode attests' }
  : pcr(text)

const readers = {
  pcr0: measurement,
  pcr3: measurement,
  pcr8: measurement,
  from: path,
  'instance-role': role,
  'task-role': role,
  'admin-role': administrator,
  'allow-import': role,
  diff: path,
} satisfies Record<string, Reader<string>>

/** The options of the command, without their hyphens. */
export type OptionName = keyof typeof readers

/** What the options say. */
export interface OptionReading {
  /** The good values. */
  readonly values: Record<OptionName, string[]>
  /** The options that are there, with a good value or not. */
  readonly given: Set<OptionName>
  /** A sentence about everything that is wrong. */
  readonly faults: string[]
}

const names = Object.keys(readers) as OptionName[]
const onceOnly: readonly OptionName[] = ['task-role', 'diff']

/** Reads every option there is; the first fault does not hide the next. */
export function readOptions (args: readonly string[]): OptionReading {
  const known = Object.fromEntries(names.map(name => [name, { type: 'string', multiple: true }] as const))
  const { tokens } = parseArgs({ args: [...args], options: known, strict: false, allowPositionals: true, tokens: true })
  const reading: OptionReading = {
    values: Object.fromEntries(names.map(name => [name, [] as string[]])) as OptionReading['values'], given: new Set(), faults: [],
  }
  for (const token of tokens) {
    if (token.kind === 'positional') reading.faults.push(`"${token.value}" belongs to no option`)
    if (token.kind === 'option') readOption(reading, token)
  }
  for (const name of onceOnly) if (reading.values[name].length > 1) reading.faults.push(`--${name} must be given once`)
  return reading
}

interface OptionToken {
  name: string
  rawName: string
  value?: string | undefined
}

function readOption ({ values, given, faults }: OptionReading, { name, rawName, value: text = '' }: OptionToken): void {
  if (!isOption(name)) {
    faults.push(`there is no option ${rawName}`)
    return
  }
  given.add(name)
  const reading = readers[name](text)
  if ('value' in reading) values[name].push(reading.value)
  else faults.push(`--${name} must be ${reading.expected}`)
}

function isOption (name: string): name is OptionName {
  return Object.hasOwn(readers, name)
}
