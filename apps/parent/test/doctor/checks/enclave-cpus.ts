import { test } from 'tap'

import { enclaveCpusCheck } from '../../../src/doctor/checks/enclave-cpus.ts'
import { examineWith } from '../fixtures/examine.ts'

for (const [title, list, env, expected] of [
  ['as many CPUs as needed are ok', '1,3\n', {}, { status: 'ok', facts: { cpus: 2, neededCpus: 2, list: '1,3' } }],
  ['each enclave needs its own CPUs', '2-5\n', { ENCLAVE_COUNT: '3', ENCLAVE_CPU_COUNT: '2' }, { status: 'failed', facts: { cpus: 4, neededCpus: 6 }, advice: /cpu_count to 6/ }],
  ['no CPUs set aside have failed', '\n', {}, { status: 'failed', summary: '0 CPUs set aside, 2 needed' }],
  ['a list that is none has failed', 'all\n', {}, { status: 'failed', summary: 'ne_cpus is no list of CPUs', facts: { neededCpus: 2 } }],
] as const) {
  test(title, async t => {
    const root = t.testdir({ sys: { module: { nitro_enclaves: { parameters: { ne_cpus: list } } } } })
    t.match(await examineWith(enclaveCpusCheck, { root, env }), expected)
  })
}

test('without the module the check fails', async t => {
  t.match(await examineWith(enclaveCpusCheck), { status: 'failed', summary: 'ne_cpus is not there', advice: /E19/, facts: { neededCpus: 2 } })
})
