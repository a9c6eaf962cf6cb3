import { test } from 'tap'

import { dockerCheck } from '../../../src/doctor/checks/docker.ts'
import { replayedProgram } from '../../fixtures/replay.ts'
import { examineWith } from '../fixtures/examine.ts'

test('the docker daemon\'s version is asked for', async t => {
  const { path, called } = replayedProgram(t, { stdout: '28.3.3\n' })
  t.same(await examineWith(dockerCheck, { env: { DOCKER_PATH: path } }), {
    status: 'ok', summary: 'the daemon answers, version 28.3.3', facts: { version: '28.3.3' },
  })
  t.same(called().args, ['version', '--format', '{{.Server.Version}}'])
})

test('a daemon that does not answer has failed, in docker\'s words', async t => {
  const { path } = replayedProgram(t, { stdout: '\n', stderr: 'Cannot connect to the Docker daemon at unix:///x.\n', exitCode: 1 })
  t.match(await examineWith(dockerCheck, { env: { DOCKER_PATH: path } }), { status: 'failed', summary: /version ended with 1: Cannot connect to the Docker daemon/ })
})

test('without docker the check fails, unless there is nothing to build', async t => {
  t.match(await examineWith(dockerCheck), { status: 'failed', summary: 'docker was not found', advice: /DOCKER_PATH/ })
  t.match(await examineWith(dockerCheck, { env: { ENCLAVE_EIF_PATH: '/a.eif' } }), { status: 'ok', summary: /^not needed: ENCLAVE_EIF_PATH/ })
})
