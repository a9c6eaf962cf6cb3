import { test } from 'tap'

import { hugepagesVolumeCheck, judgeHugepagesVolume, logVolumeCheck, settingsVolumeCheck } from '../../../src/doctor/checks/volumes.ts'
import { examineWith } from '../fixtures/examine.ts'

for (const [title, log, expected] of [
  ['that can be written is ok', { nitro_enclaves: {} }, { status: 'ok' }],
  ['that is missing has failed', {}, { status: 'failed', summary: '/var/log/nitro_enclaves is not there', facts: { errorCode: 'ENOENT' } }],
  ['that is a file has failed', { nitro_enclaves: '' }, { status: 'failed', summary: /is no folder$/, facts: { errorCode: 'ENOTDIR' } }],
] as const) {
  test(`a log folder ${title}`, async t => {
    t.match(await examineWith(logVolumeCheck, { root: t.testdir({ var: { log } }) }), expected)
  })
}

test('a log folder that may not be written has failed', { skip: process.getuid?.() === 0 && 'root may write everywhere' }, async t => {
  const root = t.testdir({ var: { log: { nitro_enclaves: t.fixture('symlink', '/proc') } } })
  t.match(await examineWith(logVolumeCheck, { root }), { status: 'failed', summary: /may not be accessed by this user/ })
})

for (const [title, etc, expected] of [
  ['with files in it is ok', { nitro_enclaves: { 'allocator.yaml': '' } }, { status: 'ok' }],
  ['that is empty was made by the mount', { nitro_enclaves: {} }, { status: 'failed', summary: /is empty: it was missing on the host/ }],
  ['that is missing has failed', {}, { status: 'failed', summary: '/etc/nitro_enclaves is not there' }],
] as const) {
  test(`a settings folder ${title}`, async t => {
    t.match(await examineWith(settingsVolumeCheck, { root: t.testdir({ etc }) }), expected)
  })
}

test('/dev/hugepages is a hugetlbfs, or worth a look', async t => {
  t.match(judgeHugepagesVolume(0x958458f6), { status: 'ok' })
  t.match(await examineWith(hugepagesVolumeCheck, { root: t.testdir({ dev: { hugepages: {} } }) }), { status: 'warning', summary: '/dev/hugepages is no hugetlbfs' })
  t.match(await examineWith(hugepagesVolumeCheck), { status: 'warning', summary: '/dev/hugepages is not there' })
})
