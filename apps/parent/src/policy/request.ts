import { pcr3Of } from './instance-role.ts'
import type { KeyPolicyOptions } from './key-policy.ts'
import { measuredPcr0In } from './measured-pcr0.ts'
import { measurement, readOptions } from './options.ts'
import type { OptionName } from './options.ts'

/** A command line that can be used. */
export interface PolicyRequest {
  readonly options: KeyPolicyOptions
  /** Path of the policy to compare with. */
  readonly diff: string | undefined
}

/** A command line that cannot: a sentence about everything that is wrong. */
export interface PolicyRequestFaults {
  readonly faults: readonly string[]
}

/** Reads a file as text; rejects where that cannot be. */
export type ReadText = (path: string) => Promise<string>

/** Reads a command line, and the files of `--from`. */
export async function readPolicyRequest (args: readonly string[], readText: ReadText): Promise<PolicyRequest | PolicyRequestFaults> {
  const { values, given, faults } = readOptions(args)
  const measured = await Promise.all(values.from.map(async file => await readMeasurements(file, readText)))
  const options: KeyPolicyOptions = {
    taskRole: values['task-role'][0] ?? '',
    adminRoles: distinct(values['admin-role']),
    importRoles: distinct(values['allow-import']),
    pcr0: distinct([...values.pcr0, ...measured.flatMap(({ pcr0 }) => pcr0)]),
    pcr3: distinct([...values.pcr3, ...values['instance-role'].map(pcr3Of)]),
    pcr8: distinct(values.pcr8),
  }
  const all = [...faults, ...measured.flatMap(({ faults }) => faults), ...missing(given), ...contradictions(options)]
  return all.length > 0 ? { faults: all } : { options, diff: values.diff[0] }
}

async function readMeasurements (file: string, readText: ReadText): Promise<{ pcr0: string[], faults: string[] }> {
  const fault = (words: string): { pcr0: string[], faults: string[] } => ({ pcr0: [], faults: [`--from must be a file ${words}: ${file}`] })
  const text = await readText(file).catch(() => undefined)
  if (text === undefined) return fault('that can be read')
  const pcr0 = measuredPcr0In(text)
  if (pcr0 === undefined) return fault('with a PCR0, of nitro-cli, of "enclave-signer eif" or of /enclave/status')
  if (pcr0.some(value => 'expected' in measurement(value))) return fault('with a PCR0 other than zeros')
  return { pcr0, faults: [] }
}

function missing (given: ReadonlySet<OptionName>): string[] {
  return [
    ...given.has('pcr0') || given.has('from') ? [] : ['--pcr0 or --from is missing: which image may open the key'],
    ...given.has('task-role') ? [] : ['--task-role is missing: whose credentials the enclave has'],
    ...given.has('admin-role') ? [] : ['--admin-role is missing: without one nobody could change the policy again'],
  ]
}

/** The task role's credentials pass through the parent, which must neither name an image of its own nor seal keys of its own. */
function contradictions ({ taskRole, adminRoles, importRoles }: KeyPolicyOptions): string[] {
  return [
    ...adminRoles.includes(taskRole) ? ['--admin-role must not be the task role: the parent has its credentials'] : [],
    ...importRoles.includes(taskRole) ? ['--allow-import must not be the task role: the parent has its credentials'] : [],
  ]
}

function distinct (values: readonly string[]): string[] {
  return [...new Set(values)]
}
