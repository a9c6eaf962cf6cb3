import { test } from 'tap'

import { nitroCliCheck } from '../../../src/doctor/checks/nitro-cli.ts'
import { replayedProgram } from '../../fixtures/replay.ts'
import { examineWith } from '../fixtures/examine.ts'

for (const [stdout, expected] of [
  ['Nitro CLI 1.4.2\n', { status: 'ok', summary: 'version 1.4.2', facts: { version: '1.4.2' } }],
  ['Nitro CLI 1.1.0\n', { status: 'ok' }],
  ['Nitro CLI 2.0.0\n', { status: 'ok' }],
  ['Nitro CLI 1.0.12\n', { status: 'failed', summary: /knows no enclave names/, facts: { version: '1.0.12' } }],
  ['Nitro CLI 0.9\n', { status: 'failed', facts: { version: '0.9' } }],
  ['hello\n', { status: 'warning', summary: /does not tell its version/ }],
] as const) {
  test(`nitro-cli that says ${JSON.stringify(stdout)} is ${expected.status}`, async t => {
    const { path, called } = replayedProgram(t, { stdout })
    t.match(await examineWith(nitroCliCheck, { env: { NITRO_CLI_PATH: path } }), expected)
    t.same(called().args, ['--version'])
  })
}

test('without nitro-cli the check fails', async t => {
  t.match(await examineWith(nitroCliCheck), { status: 'failed', summary: 'nitro-cli was not found', advice: /NITRO_CLI_PATH/ })
})
