import { test } from 'tap'

import { socatCheck } from '../../../src/doctor/checks/socat.ts'
import { replayedProgram } from '../../fixtures/replay.ts'
import { examineWith } from '../fixtures/examine.ts'

const version = 'socat by Gerhard Rieger and contributors\nsocat version 1.7.4.4 on 06 Nov 2022 08:15:51\n   features:\n'

for (const [title, stdout, expected] of [
  ['with vsock is ok', `${version}  #define WITH_VSOCK 1\n`, { status: 'ok', facts: { version: '1.7.4.4', vsock: true } }],
  ['without vsock has failed', `${version}  #undef WITH_VSOCK\n`, { status: 'failed', summary: /without vsock/, facts: { vsock: false } }],
  ['that does not tell its version is a warning', 'hello\n', { status: 'warning' }],
] as const) {
  test(`socat ${title}`, async t => {
    const { path, called } = replayedProgram(t, { stdout })
    t.match(await examineWith(socatCheck, { env: { SOCAT_PATH: path } }), expected)
    t.same(called().args, ['-V'])
  })
}

test('without socat the check fails, unless relays are somebody else\'s', async t => {
  t.match(await examineWith(socatCheck), { status: 'failed', summary: 'socat was not found', advice: /SOCAT_PATH/ })
  t.match(await examineWith(socatCheck, { env: { RELAYS: 'external' } }), { status: 'ok', summary: 'not needed: RELAYS=external' })
})
