import { truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { test } from 'tap'

import { eifCheck } from '../../../src/doctor/checks/eif.ts'
import { examineWith } from '../fixtures/examine.ts'

const mib = 1024 * 1024

for (const [title, bytes, expected] of [
  ['a quarter of the memory is ok', 128 * mib, { status: 'ok', facts: { eifBytes: 128 * mib, neededMib: 512, memoryMib: 512 } }],
  ['a byte more has failed, with the memory it needs', 128 * mib + 1, { status: 'failed', facts: { neededMib: 513 }, advice: /ENCLAVE_MEMORY_MIB to 513 or more.*E26/ }],
] as const) {
  test(`an EIF of ${title}`, async t => {
    const path = join(t.testdir(), 'a.eif')
    writeFileSync(path, '')
    truncateSync(path, bytes)
    t.match(await examineWith(eifCheck, { env: { ENCLAVE_EIF_PATH: path, ENCLAVE_MEMORY_MIB: '512' } }), expected)
  })
}

test('an EIF that the service built is measured too', async t => {
  const DATA_DIR = t.testdir({ eif: { 'a.eif': 'x' } })
  t.match(await examineWith(eifCheck, { env: { DATA_DIR } }), { status: 'ok', facts: { eifBytes: 1, eifPath: join(DATA_DIR, 'eif/a.eif') } })
})

test('before the first build there is nothing to compare, but a given EIF must be there', async t => {
  t.match(await examineWith(eifCheck, { env: { DATA_DIR: t.testdir() } }), { status: 'ok', summary: 'none built yet' })
  t.match(await examineWith(eifCheck, { env: { ENCLAVE_EIF_PATH: '/nowhere.eif' } }), { status: 'failed', summary: /ENCLAVE_EIF_PATH cannot be read/ })
})
