import { readFile } from 'node:fs/promises'

import type { Check } from '../check.ts'
import { countCpus } from '../cpu-list.ts'
import { failed, ok } from '../finding.ts'
import { systemErrorSentence } from '../system-error.ts'

const name = 'ne_cpus'

/** The CPUs that the allocator took away from the host (`ne_cpus`), against ENCLAVE_CPU_COUNT for each enclave. */
export const enclaveCpusCheck: Check = {
  name: 'enclave-cpus',
  run: async ({ paths, settings: { cpuCount, enclaveCount } }) => {
    const neededCpus = cpuCount * enclaveCount
    let list: string
    try {
      list = await readFile(paths.enclaveCpus, 'utf8')
    } catch (error) {
      const advice = 'load the module (modprobe nitro_enclaves), and let the container read /sys/module/nitro_enclaves (nitro-cli ends with E19 without it)'
      return failed(`${name} ${systemErrorSentence(error)}`, advice, { neededCpus })
    }
    const cpus = countCpus(list)
    if (cpus === undefined) return failed(`${name} is no list of CPUs`, 'look at /sys/module/nitro_enclaves/parameters/ne_cpus', { neededCpus })
    const facts = { cpus, neededCpus, list: list.trim() }
    if (cpus >= neededCpus) return ok(`${cpus} CPUs set aside (${facts.list}), ${neededCpus} needed`, facts)
    const advice = `set cpu_count to ${neededCpus} or more in /etc/nitro_enclaves/allocator.yaml and restart nitro-enclaves-allocator, or lower ENCLAVE_CPU_COUNT`
    return failed(`${cpus} CPUs set aside, ${neededCpus} needed`, advice, facts)
  },
}
