import type { CommandSpec, OptionSpec } from '../command-line/clap.ts'

const value = (name: string, more: Partial<OptionSpec> = {}): OptionSpec => ({ name, kind: 'value', ...more })
const flag = (name: string, more: Partial<OptionSpec> = {}): OptionSpec => ({ name, kind: 'flag', ...more })
const required = { requiredUnless: [] }

/** One of these three or two says which enclave is meant. */
function oneOf (option: OptionSpec, others: readonly string[]): OptionSpec {
  return { ...option, requiredUnless: others, conflictsWith: others }
}

const signingOptions = [
  value('signing-certificate', { requires: 'private-key' }),
  value('private-key', { requires: 'signing-certificate' }),
]

/** nitro-cli's commands and their options (src/lib.rs, `create_app!`). */
export const nitroCliCommands = {
  'run-enclave': {
    about: 'Starts a new enclave',
    options: [
      { name: 'cpu-ids', kind: 'values', requiredUnless: ['cpu-count', 'config'], conflictsWith: ['cpu-count', 'config'] },
      value('cpu-count', { requiredUnless: ['cpu-ids', 'config'], conflictsWith: ['cpu-ids', 'config'] }),
      value('memory', { requiredUnless: ['config'], conflictsWith: ['config'] }),
      value('eif-path', { requiredUnless: ['config'], conflictsWith: ['config'] }),
      value('enclave-cid', { conflictsWith: ['config'] }),
      flag('debug-mode', { conflictsWith: ['config'] }),
      flag('attach-console'),
      value('enclave-name', { conflictsWith: ['config'] }),
      value('config'),
    ],
  },
  'terminate-enclave': {
    about: 'Terminates an enclave',
    options: [
      oneOf(value('enclave-id'), ['all', 'enclave-name']),
      oneOf(flag('all'), ['enclave-id', 'enclave-name']),
      oneOf(value('enclave-name'), ['enclave-id', 'all']),
    ],
  },
  'build-enclave': {
    about: 'Builds an enclave image and saves it to a file',
    options: [
      value('docker-uri', required),
      value('docker-dir'),
      value('output-file', required),
      ...signingOptions,
      value('name'),
      value('version'),
      value('metadata'),
    ],
  },
  'describe-eif': { about: 'Returns information about the EIF found at a given path.', options: [value('eif-path', required)] },
  'describe-enclaves': { about: 'Returns a list of the running enclaves', options: [flag('metadata')] },
  console: {
    about: 'Connect to the console of an enclave',
    options: [
      oneOf(value('enclave-id'), ['enclave-name']),
      value('disconnect-timeout'),
      oneOf(value('enclave-name'), ['enclave-id']),
    ],
  },
  pcr: {
    about: 'Return the PCR hash value of the given input',
    options: [oneOf(value('signing-certificate'), ['input']), oneOf(value('input'), ['signing-certificate'])],
  },
} as const satisfies Record<string, Omit<CommandSpec, 'usage'>>

/** A command of nitro-cli's. */
export type NitroCliCommand = keyof typeof nitroCliCommands
