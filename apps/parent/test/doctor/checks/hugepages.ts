import { test } from 'tap'

import { hugepagesCheck } from '../../../src/doctor/checks/hugepages.ts'
import { examineWith } from '../fixtures/examine.ts'

const pool = (total: number, free: number): Record<string, string> => ({ nr_hugepages: `${total}\n`, free_hugepages: `${free}\n`, resv_hugepages: '0\n' })

for (const [title, gigantic, small, env, expected] of [
  ['exactly enough small pages are ok', pool(0, 0), pool(1317, 1317), {}, { status: 'ok', facts: { freeMib: 2634, totalMib: 2634, neededMib: 2634 } }],
  ['pages of both sizes add up', pool(2, 2), pool(293, 293), {}, { status: 'ok', facts: { freeMib: 2634 } }],
  ['with pages of 1 GiB alone, memory is rounded up to whole pages', pool(2, 2), pool(0, 0), { ENCLAVE_MEMORY_MIB: '2000' }, { status: 'ok', facts: { neededMib: 2048 } }],
  ['two enclaves cannot share a page', pool(2, 2), pool(0, 0), { ENCLAVE_MEMORY_MIB: '600', ENCLAVE_COUNT: '3' }, { status: 'failed', facts: { neededMib: 3072 } }],
  ['enough pages of which some are in use are a warning', pool(0, 0), pool(1317, 10), {}, { status: 'warning', advice: /describe-enclaves/, facts: { freeMib: 20, totalMib: 2634 } }],
  ['too few pages have failed', pool(0, 0), pool(256, 256), {}, { status: 'failed', advice: /^set memory_mib to 2634/, facts: { freeMib: 512 } }],
  ['no pages have failed', pool(0, 0), pool(0, 0), {}, { status: 'failed', summary: '0 of 0 MiB free, 2634 needed', facts: { pages: [] } }],
] as const) {
  test(title, async t => {
    const root = t.testdir({ sys: { kernel: { mm: { hugepages: { 'hugepages-1048576kB': gigantic, 'hugepages-2048kB': small } } } } })
    t.match(await examineWith(hugepagesCheck, { root, env }), expected)
  })
}

test('a kernel that tells nothing has failed', async t => {
  t.match(await examineWith(hugepagesCheck), { status: 'failed', summary: /tells nothing/ })
})
