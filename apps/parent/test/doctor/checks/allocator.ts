import { test } from 'tap'

import { allocatorCheck } from '../../../src/doctor/checks/allocator.ts'
import { vector, withVectors } from '../../fixtures/vectors.ts'
import { examineWith } from '../fixtures/examine.ts'

for (const [title, yaml, env, expected] of [
  ['exactly enough is ok', 'memory_mib: 2634\ncpu_count: 2\n', {}, { status: 'ok', facts: { allocatedMib: 2634, allocatedCpus: 2, neededMib: 2634, neededCpus: 2 } }],
  ['a pool of CPUs counts as many as it names', 'memory_mib: 4096\ncpu_pool: 2,3,6-9\n', {}, { status: 'ok', facts: { allocatedCpus: 6 } }],
  ['a pool of one CPU is a number in YAML', 'memory_mib: 4096\ncpu_pool: 2\n', { ENCLAVE_CPU_COUNT: '1' }, { status: 'ok', facts: { allocatedCpus: 1 } }],
  ['each enclave needs its share', 'memory_mib: 5267\ncpu_count: 3\n', { ENCLAVE_COUNT: '2' },
    { status: 'failed', advice: /^set memory_mib to 5268 and cpu_count to 4 or more/, facts: { neededMib: 5268, neededCpus: 4 } }],
  ['a pool that is too small has failed', 'memory_mib: 4096\ncpu_pool: "3"\n', {}, { status: 'failed', advice: /^set cpu_pool to 2 CPUs or more/ }],
  ['both ways to name CPUs have failed', 'memory_mib: 4096\ncpu_count: 2\ncpu_pool: 2,3\n', {}, { status: 'failed', summary: /has both/ }],
  ['neither way to name CPUs has failed', 'memory_mib: 4096\n', {}, { status: 'failed', summary: /has neither/ }],
  ['a pool that is none has failed', 'memory_mib: 4096\ncpu_pool: all\n', {}, { status: 'failed', summary: /^cpu_pool .* is no list/ }],
  ['memory that is no number has failed', 'memory_mib: lots\ncpu_count: 2\n', {}, { status: 'failed', summary: /does not say memory_mib/ }],
  ['a file that is no YAML has failed', 'memory_mib: [\n', {}, { status: 'failed', summary: /does not say memory_mib/, advice: /memory_mib: 2634 and cpu_count: 2/ }],
  ['an empty file has failed', '', {}, { status: 'failed', summary: /does not say memory_mib/ }],
] as const) {
  test(`in allocator.yaml, ${title}`, async t => {
    const root = t.testdir({ etc: { nitro_enclaves: { 'allocator.yaml': yaml } } })
    t.match(await examineWith(allocatorCheck, { root, env }), expected)
  })
}

test('AWS\'s own allocator.yaml is too small for the default enclave and right for a smaller one', withVectors, async t => {
  const root = t.testdir({ etc: { nitro_enclaves: { 'allocator.yaml': vector('nitro-cli/allocator.yaml') } } })
  t.match(await examineWith(allocatorCheck, { root }), { status: 'failed', facts: { allocatedMib: 512, allocatedCpus: 2 }, advice: /^set memory_mib to 2634 or more/ })
  t.match(await examineWith(allocatorCheck, { root, env: { ENCLAVE_MEMORY_MIB: '512' } }), { status: 'ok' })
})

test('without allocator.yaml the check warns: what counts is what was set aside', async t => {
  t.match(await examineWith(allocatorCheck), { status: 'warning', summary: 'allocator.yaml is not there' })
})
