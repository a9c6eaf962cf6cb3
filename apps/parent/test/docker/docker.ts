import { test } from 'tap'

import { createDocker } from '../../src/docker/docker.ts'
import { replayedProgram } from '../fixtures/replay.ts'

const id = `sha256:${'ab'.repeat(32)}`
const never = new AbortController().signal

test('the id of an image is asked for', async t => {
  const { path, called } = replayedProgram(t, { stdout: `${id}\n` })
  t.equal(await createDocker(path).inspectImageId('signer:1', never), id)
  t.same(called().args, ['image', 'inspect', '--format', '{{.Id}}', 'signer:1'])
})

test('an image is built from a Dockerfile on standard input, without any context', async t => {
  const { path, called } = replayedProgram(t, { stdout: `${id}\n`, readInput: true })
  t.equal(await createDocker(path).build('signer:2', 'FROM signer:1\n', never), id)
  t.same(called(), { args: ['build', '--quiet', '--tag', 'signer:2', '-'], input: 'FROM signer:1\n' })
})

test('an image that is not there is IMAGE_UNKNOWN', async t => {
  for (const stderr of ['Error response from daemon: No such image: x', 'Error: No such object: x']) {
    const { path } = replayedProgram(t, { stderr, exitCode: 1 })
    await t.rejects(createDocker(path).inspectImageId('x', never), { code: 'IMAGE_UNKNOWN', facts: { image: 'x' } })
  }
})

test('any other failure is DOCKER_FAILED with what docker said', async t => {
  const { path } = replayedProgram(t, { stderr: 'Cannot connect to the Docker daemon', exitCode: 1 })
  await t.rejects(createDocker(path).inspectImageId('x', never), {
    code: 'DOCKER_FAILED', facts: { command: 'image inspect', exitCode: 1 }, message: /Cannot connect to the Docker daemon/,
  })
  await t.rejects(createDocker(path).build('x', 'FROM y', never), { code: 'DOCKER_FAILED', facts: { command: 'build', exitCode: 1 } })
})

test('a missing docker and an answer that is no id are DOCKER_FAILED', async t => {
  await t.rejects(createDocker('/nowhere/docker').inspectImageId('x', never), { code: 'DOCKER_FAILED', message: /the program was not found/ })
  const { path } = replayedProgram(t, { stdout: 'signer:1' })
  await t.rejects(createDocker(path).inspectImageId('x', never), { code: 'DOCKER_FAILED', message: /did not print an image id/ })
})
