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
  t.equal(await createDocker(path).build('signer:2', 'FROM signer:1\n', 'signer:1', never), id)
  t.same(called(), { args: ['build', '--quiet', '--tag', 'signer:2', '-'], input: 'FROM signer:1\n' })
})

test('an image that is not there is IMAGE_UNKNOWN', async t => {
  for (const stderr of ['Error response from daemon: No such image: x', 'Error: No such object: x']) {
    const { path } = replayedProgram(t, { stderr, exitCode: 1 })
    await t.rejects(createDocker(path).inspectImageId('x', never), { code: 'IMAGE_UNKNOWN', facts: { image: 'x' } })
  }
})

test('an image is pulled by its name, and one that its registry does not give is IMAGE_UNKNOWN', async t => {
  const { path, called } = replayedProgram(t, { stdout: 'registry.example/signer:1\n' })
  await createDocker(path).pull('registry.example/signer:1', never)
  t.same(called().args, ['pull', '--quiet', 'registry.example/signer:1'])
  for (const stderr of [
    "Error response from daemon: pull access denied for x, repository does not exist or may require 'docker login'",
    'Error response from daemon: Head "https://111122223333.dkr.ecr.eu-central-1.amazonaws.com/v2/x/manifests/1": no basic auth credentials',
    'Error response from daemon: manifest for x:1 not found: manifest unknown: manifest unknown',
  ]) {
    const refusing = replayedProgram(t, { stderr, exitCode: 1 })
    await t.rejects(createDocker(refusing.path).pull('x:1', never), { code: 'IMAGE_UNKNOWN', facts: { image: 'x:1' } })
  }
  const unreachable = replayedProgram(t, { stderr: 'Error response from daemon: Get "https://registry.example/v2/": dial tcp: lookup registry.example: no such host', exitCode: 1 })
  await t.rejects(createDocker(unreachable.path).pull('x:1', never), { code: 'DOCKER_FAILED', facts: { command: 'pull', exitCode: 1, kind: 'registry-unreachable' } })
})

test('an image is given a name by its id', async t => {
  const { path, called } = replayedProgram(t, {})
  await createDocker(path).tag(id, 'enclave-signer-base:1', never)
  t.same(called().args, ['tag', id, 'enclave-signer-base:1'])
})

test('a base image that cannot be had is IMAGE_UNKNOWN, by the name a person knows', async t => {
  const { path } = replayedProgram(t, { stderr: 'ERROR: failed to solve: x: pull access denied, repository does not exist or may require authorization', exitCode: 1 })
  await t.rejects(createDocker(path).build('derived:1', 'FROM x', 'signer:1', never), { code: 'IMAGE_UNKNOWN', facts: { image: 'signer:1' }, message: /pull-denied.*log docker in/ })
})

test('any other failure is DOCKER_FAILED with what docker said and what to do', async t => {
  const { path } = replayedProgram(t, { stderr: 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?', exitCode: 1 })
  await t.rejects(createDocker(path).inspectImageId('x', never), {
    code: 'DOCKER_FAILED',
    facts: { command: 'image inspect', exitCode: 1, kind: 'daemon-not-running' },
    message: /Cannot connect to the Docker daemon.*; start the docker daemon/,
  })
  const full = replayedProgram(t, { stderr: 'failed to register layer: write /a: no space left on device', exitCode: 1 })
  await t.rejects(createDocker(full.path).build('x', 'FROM y', 'y', never), { code: 'DOCKER_FAILED', facts: { command: 'build', exitCode: 1, kind: 'disk-full' }, message: /free space/ })
})

test('a missing docker and an answer that is no id are DOCKER_FAILED', async t => {
  await t.rejects(createDocker('/nowhere/docker').inspectImageId('x', never), {
    code: 'DOCKER_FAILED', facts: { kind: 'program-missing' }, message: /the program was not found; install docker .* DOCKER_PATH/,
  })
  const { path } = replayedProgram(t, { stdout: 'signer:1' })
  await t.rejects(createDocker(path).inspectImageId('x', never), { code: 'DOCKER_FAILED', message: /did not print an image id/ })
})
