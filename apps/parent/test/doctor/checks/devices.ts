import { existsSync } from 'node:fs'
import { join } from 'node:path'

import { execa } from 'execa'
import { test } from 'tap'

import { enclaveDeviceCheck, vsockDeviceCheck } from '../../../src/doctor/checks/devices.ts'
import { examineWith } from '../fixtures/examine.ts'

const devices = [[enclaveDeviceCheck, 'nitro_enclaves'], [vsockDeviceCheck, 'vsock']] as const

for (const [check, name] of devices) {
  test(`/dev/${name} that can be opened is ok`, async t => {
    const root = t.testdir({ dev: { [name]: t.fixture('symlink', '/dev/null') } })
    t.match(await examineWith(check, { root }), { status: 'ok', summary: new RegExp(`^/dev/${name} can be read`) })
  })

  for (const [title, dev, summary] of [
    ['is missing', {}, /is not there$/],
    ['is an ordinary file', { [name]: '' }, /is no device$/],
    ['became a folder when it was mounted', { [name]: {} }, /is a folder: it was missing on the host/],
  ] as const) {
    test(`/dev/${name} that ${title} has failed`, async t => {
      t.match(await examineWith(check, { root: t.testdir({ dev }) }), { status: 'failed', summary, advice: /modprobe/ })
    })
  }
}

/** /dev/tty is a device that only a process with a terminal can open: this one gets none. */
const script = `
  import { enclaveDeviceCheck, vsockDeviceCheck } from ${JSON.stringify(join(import.meta.dirname, '../../../src/doctor/checks/devices.ts'))}
  const context = { paths: { enclaveDevice: '/dev/tty', vsockDevice: '/dev/tty' } }
  const findings = await Promise.all([enclaveDeviceCheck, vsockDeviceCheck].map(check => check.run(context)))
  process.stdout.write(JSON.stringify(findings))
`

test('a device that refuses to be opened keeps enclaves from running, vsock not', { skip: !existsSync('/dev/tty') }, async t => {
  const { stdout } = await execa(process.execPath, ['--input-type=module', '--eval', script], { detached: true, stdin: 'ignore' })
  t.match(JSON.parse(stdout), [
    { status: 'failed', summary: '/dev/nitro_enclaves has no device behind it', facts: { errorCode: 'ENXIO' } },
    { status: 'warning', summary: '/dev/vsock has no device behind it', facts: { errorCode: 'ENXIO' } },
  ])
})
