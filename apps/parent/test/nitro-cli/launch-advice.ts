import { test } from 'tap'

import { launchPolicyOf, leastMemoryMib } from '../../src/nitro-cli/launch-advice.ts'
import type { LaunchFacts } from '../../src/nitro-cli/launch-advice.ts'

const mib = 1024 ** 2
const facts: LaunchFacts = { memoryMib: 100, cpuCount: 4, eifBytes: 40 * mib, allocator: { path: '/a.yaml', memoryMib: 512, cpuCount: 2 } }

test('an EIF needs four times its size', async t => {
  t.equal(leastMemoryMib(40 * mib), 160)
  t.equal(leastMemoryMib(40 * mib + 1), 164)
})

test('E26 says how much the EIF needs', async t => {
  t.match(launchPolicyOf('E26', facts), { retry: 'permanent', advice: /is 100 MiB; the EIF has 40 MiB and needs 160 MiB, four times its size; the allocator holds 512 MiB: raise ENCLAVE_MEMORY_MIB$/ })
})

test('E27 passes by itself only where the allocator holds enough, or may', async t => {
  t.match(launchPolicyOf('E27', facts), { retry: 'transient', advice: /other enclaves hold the rest now/ })
  t.match(launchPolicyOf('E27', { ...facts, memoryMib: 513 }), { retry: 'permanent', advice: /raise memory_mib in \/a\.yaml and restart nitro-enclaves-allocator/ })
  t.match(launchPolicyOf('E27', { ...facts, allocator: undefined }), { retry: 'transient', advice: /what the allocator holds is not known here: raise memory_mib in \/etc\/nitro_enclaves\/allocator\.yaml/ })
})

test('E22 says how many CPUs there are and which file to edit', async t => {
  t.match(launchPolicyOf('E22', facts), { retry: 'permanent', advice: /ENCLAVE_CPU_COUNT is 4; the allocator holds 2 CPUs: raise cpu_count .* in \/a\.yaml/ })
})

test('other codes have the policy of the table', async t => {
  t.match(launchPolicyOf('E36', facts), { retry: 'transient' })
  t.match(launchPolicyOf('E19', facts), { retry: 'permanent', advice: /\/dev\/nitro_enclaves/ })
})
