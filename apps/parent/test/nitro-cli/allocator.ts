import { join } from 'node:path'

import { test } from 'tap'

import { parseAllocator, readAllocator } from '../../src/nitro-cli/allocator.ts'
import { vector, withVectors } from '../fixtures/vectors.ts'

test('the file that comes with nitro-cli is read', withVectors, async t => {
  t.same(parseAllocator(vector('nitro-cli/allocator.yaml'), '/a'), { path: '/a', memoryMib: 512, cpuCount: 2 })
})

const cases: [string, object][] = [
  ['memory_mib: 4096 # for two\ncpu_pool: 2,3,6-9\n', { memoryMib: 4096, cpuCount: 6 }],
  ['memory_mib: "4096"\ncpu_pool: "2-3"\n', { memoryMib: 4096, cpuCount: 2 }],
  ['# memory_mib: 1\n  memory_mib: 2\n', { memoryMib: undefined, cpuCount: undefined }],
  ['memory_mib: much\ncpu_pool: 9-2\n', { memoryMib: undefined, cpuCount: undefined }],
  ['', { memoryMib: undefined, cpuCount: undefined }],
]

for (const [text, expected] of cases) {
  test(`${JSON.stringify(text)} is read as it stands`, async t => { t.same(parseAllocator(text, '/a'), { path: '/a', ...expected }) })
}

test('a file that is not there is nothing known', async t => {
  t.equal(await readAllocator('/nowhere/allocator.yaml'), undefined)
  t.match(await readAllocator(join(t.testdir({ a: 'memory_mib: 1\n' }), 'a')), { memoryMib: 1 })
})
