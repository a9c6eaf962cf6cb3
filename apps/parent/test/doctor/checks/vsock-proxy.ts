import { test } from 'tap'

import { vsockProxyCheck } from '../../../src/doctor/checks/vsock-proxy.ts'
import { replayedProgram } from '../../fixtures/replay.ts'
import { examineWith } from '../fixtures/examine.ts'

test('vsock-proxy tells its version', async t => {
  const { path, called } = replayedProgram(t, { stdout: 'Vsock-TCP proxy 1.0.2\n' })
  t.same(await examineWith(vsockProxyCheck, { env: { VSOCK_PROXY_PATH: path } }), { status: 'ok', summary: 'version 1.0.2', facts: { version: '1.0.2' } })
  t.same(called().args, ['--version'])
})

test('vsock-proxy without a version is there all the same', async t => {
  const { path } = replayedProgram(t, { stdout: 'hello\n' })
  t.match(await examineWith(vsockProxyCheck, { env: { VSOCK_PROXY_PATH: path } }), { status: 'ok', summary: 'it is there' })
})

test('without vsock-proxy the check fails, unless relays are somebody else\'s', async t => {
  t.match(await examineWith(vsockProxyCheck), { status: 'failed', summary: 'vsock-proxy was not found', advice: /VSOCK_PROXY_PATH/ })
  t.match(await examineWith(vsockProxyCheck, { env: { RELAYS: 'external' } }), { status: 'ok', summary: 'not needed: RELAYS=external' })
})
