import { join } from 'node:path'

import { test } from 'tap'

import { readHugepages } from '../../src/doctor/hugepage-pools.ts'

const pool = (total: number, free: number, promised: number): Record<string, string> =>
  ({ nr_hugepages: `${total}\n`, free_hugepages: `${free}\n`, resv_hugepages: `${promised}\n` })

test('every page size counts, less what is promised', async t => {
  const directory = t.testdir({ sys: { 'hugepages-1048576kB': pool(3, 2, 0), 'hugepages-2048kB': pool(100, 60, 70), other: {} } })
  t.same(await readHugepages({ hugepages: join(directory, 'sys'), meminfo: '/nowhere' }), [
    { pageKib: 1048576, total: 3, free: 2 },
    { pageKib: 2048, total: 100, free: 0 },
  ])
})

for (const [title, sys] of [
  ['there is no such folder', undefined],
  ['the folder is empty', {}],
  ['a count is missing', { 'hugepages-2048kB': { nr_hugepages: '1\n' } }],
  ['a count is none', { 'hugepages-2048kB': { ...pool(1, 1, 0), free_hugepages: '-1\n' } }],
] as const) {
  test(`where ${title}, /proc/meminfo tells of the default size`, async t => {
    const meminfo = 'HugePages_Total:    1317\nHugePages_Free:     1000\nHugePages_Rsvd:       10\nHugePages_Surp:        0\nHugepagesize:       2048 kB\n'
    const directory = t.testdir({ meminfo, ...sys && { sys } })
    t.same(await readHugepages({ hugepages: join(directory, 'sys'), meminfo: join(directory, 'meminfo') }), [{ pageKib: 2048, total: 1317, free: 990 }])
  })
}

test('a kernel without hugepages tells nothing', async t => {
  const directory = t.testdir({ meminfo: 'MemTotal: 1 kB\n' })
  t.equal(await readHugepages({ hugepages: '/nowhere', meminfo: join(directory, 'meminfo') }), undefined)
  t.equal(await readHugepages({ hugepages: '/nowhere', meminfo: '/nowhere' }), undefined)
})
