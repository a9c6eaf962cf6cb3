import { readFile } from 'node:fs/promises'

import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { parse } from 'yaml'

import type { Check, DoctorContext } from '../check.ts'
import { countCpus } from '../cpu-list.ts'
import { failed, ok, warning } from '../finding.ts'
import type { Finding } from '../finding.ts'
import { systemErrorSentence } from '../system-error.ts'

const name = 'allocator.yaml'
const restart = 'in /etc/nitro_enclaves/allocator.yaml and restart nitro-enclaves-allocator'

/** The members that count. A pool of one CPU is a number in YAML. */
const allocator = Type.Object({
  memory_mib: Type.Integer({ minimum: 0 }),
  cpu_count: Type.Optional(Type.Integer({ minimum: 0 })),
  cpu_pool: Type.Optional(Type.Union([Type.String(), Type.Integer({ minimum: 0 })])),
})

/** What the allocator is told to set aside, against what is needed. What it did set aside is in `ne_cpus` and hugepages. */
export const allocatorCheck: Check = {
  name: 'allocator',
  run: async ({ paths, settings }) => {
    let text: string
    try {
      text = await readFile(paths.allocatorFile, 'utf8')
    } catch (error) {
      return warning(`${name} ${systemErrorSentence(error)}`, 'mount /etc/nitro_enclaves of the host; install aws-nitro-enclaves-cli there')
    }
    return judge(parseYaml(text), settings)
  },
}

function parseYaml (text: string): unknown {
  try {
    return parse(text, { prettyErrors: false, logLevel: 'error' })
  } catch {
    return undefined
  }
}

function judge (value: unknown, { memoryMib, cpuCount, enclaveCount }: DoctorContext['settings']): Finding {
  const neededMib = memoryMib * enclaveCount
  const neededCpus = cpuCount * enclaveCount
  const needed = { neededMib, neededCpus }
  if (!Value.Check(allocator, value)) {
    return failed(`${name} does not say memory_mib and one of cpu_count and cpu_pool`, `write memory_mib: ${neededMib} and cpu_count: ${neededCpus} ${restart}`, needed)
  }
  const { memory_mib: allocatedMib, cpu_count: count, cpu_pool: pool } = value
  if ((count === undefined) === (pool === undefined)) {
    return failed(`${name} has ${count === undefined ? 'neither' : 'both'} cpu_count and cpu_pool`, `keep exactly one of them ${restart}`, { allocatedMib, ...needed })
  }
  const cpus = count ?? countCpus(String(pool))
  if (cpus === undefined) return failed(`cpu_pool in ${name} is no list of CPUs`, `write a list such as 2,3,6-9 ${restart}`, { allocatedMib, ...needed })
  const facts = { allocatedMib, allocatedCpus: cpus, ...needed }
  const short = [
    ...allocatedMib < neededMib ? [`memory_mib to ${neededMib}`] : [],
    ...cpus < neededCpus ? [count === undefined ? `cpu_pool to ${neededCpus} CPUs` : `cpu_count to ${neededCpus}`] : [],
  ]
  const summary = `${allocatedMib} MiB and ${cpus} CPUs for enclaves, ${neededMib} MiB and ${neededCpus} needed`
  return short.length === 0 ? ok(summary, facts) : failed(summary, `set ${short.join(' and ')} or more ${restart}`, facts)
}
