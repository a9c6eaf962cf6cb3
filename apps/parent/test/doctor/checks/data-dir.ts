import { existsSync } from 'node:fs'
import { join } from 'node:path'

import { test } from 'tap'

import { dataDirCheck } from '../../../src/doctor/checks/data-dir.ts'
import { examineWith } from '../fixtures/examine.ts'

/** 16 TiB of memory: no disk here has a quarter of it free. */
const ENCLAVE_MEMORY_MIB = '16777216'

test('a folder that can be written is ok, and one that can be made', async t => {
  const directory = t.testdir()
  t.match(await examineWith(dataDirCheck, { env: { DATA_DIR: directory, ENCLAVE_MEMORY_MIB: '64' } }), { status: 'ok', facts: { dataDir: directory, neededMib: 16 } })
  const missing = join(directory, 'a/b')
  t.match(await examineWith(dataDirCheck, { env: { DATA_DIR: missing, ENCLAVE_MEMORY_MIB: '64' } }), { status: 'ok', summary: /can be written, \d+ MiB are free$/ })
  t.notOk(existsSync(join(directory, 'a')), 'the doctor makes nothing')
})

test('a file in its place, or above it, has failed', async t => {
  const directory = t.testdir({ file: '' })
  t.match(await examineWith(dataDirCheck, { env: { DATA_DIR: join(directory, 'file') } }), { status: 'failed', summary: /is no folder$/, facts: { errorCode: 'ENOTDIR' } })
  t.match(await examineWith(dataDirCheck, { env: { DATA_DIR: join(directory, 'file/data') } }), { status: 'failed', summary: /is no folder$/ })
})

test('a folder that may not be written has failed', { skip: process.getuid?.() === 0 && 'root may write everywhere' }, async t => {
  t.match(await examineWith(dataDirCheck, { env: { DATA_DIR: '/proc/none' } }), { status: 'failed', summary: /may not be accessed by this user/ })
})

test('without room for an EIF the check fails, and warns where one is there already', async t => {
  const directory = t.testdir({ empty: {}, built: { eif: { 'a.eif': 'x' } } })
  t.match(await examineWith(dataDirCheck, { env: { DATA_DIR: join(directory, 'empty'), ENCLAVE_MEMORY_MIB } }), { status: 'failed', facts: { neededMib: 4194304 } })
  t.match(await examineWith(dataDirCheck, { env: { DATA_DIR: join(directory, 'built'), ENCLAVE_MEMORY_MIB } }), { status: 'warning', summary: /the one that is there fits$/ })
})

test('a given EIF lies elsewhere and needs no room', async t => {
  const env = { DATA_DIR: t.testdir(), ENCLAVE_MEMORY_MIB, ENCLAVE_EIF_PATH: '/a.eif' }
  t.match(await examineWith(dataDirCheck, { env }), { status: 'ok', facts: { neededMib: 16 } })
})
