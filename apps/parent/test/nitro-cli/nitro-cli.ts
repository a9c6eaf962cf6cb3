import { test } from 'tap'

import { createNitroCli } from '../../src/nitro-cli/nitro-cli.ts'
import { replayedProgram } from '../fixtures/replay.ts'
import { vector, withVectors } from '../fixtures/vectors.ts'

const never = new AbortController().signal
const launch = { cpuCount: 2, memoryMib: 2634, eifPath: '/a.eif', cid: 16, name: 'enclave-signer-0', debugMode: false }

test('an enclave is run with the production command line', withVectors, async t => {
  const { path, called } = replayedProgram(t, {
    stdout: vector('nitro-cli/run-enclave.stdout.json'), stderr: vector('nitro-cli/run-enclave.stderr.txt'),
  })
  t.same(await createNitroCli(path).runEnclave(launch, never), { enclaveId: 'i-0584873aac8fea23b-enc17ad2edcbfdad4b', cid: 16, processId: 95271 })
  t.equal(called().args.join(' '), 'run-enclave --cpu-count 2 --memory 2634 --eif-path /a.eif --enclave-cid 16 --enclave-name enclave-signer-0')
})

test('a failure keeps the cause, the exit status and the command', withVectors, async t => {
  const { path } = replayedProgram(t, { stderr: vector('nitro-cli/run-enclave.fail-device.stderr.txt'), exitCode: 39 })
  await t.rejects(createNitroCli(path).runEnclave(launch, never), {
    name: 'NitroCliError', code: 'E19', exitCode: 39, command: 'run-enclave', message: /^nitro-cli run-enclave failed: E19 \(File operation failure/,
  })
})

test('E00 is a failure although nitro-cli exits with 0', async t => {
  const { path } = replayedProgram(t, { stderr: '[ E00 ] Unspecified error.\n\nFor more details', exitCode: 0 })
  await t.rejects(createNitroCli(path).describeEnclaves(), { code: 'E00', exitCode: 0 })
})

test('an answer of another shape is a failure of its own', async t => {
  const { path } = replayedProgram(t, { stdout: 'Segmentation fault' })
  await t.rejects(createNitroCli(path).describeEnclaves(), { code: 'INVALID_OUTPUT', exitCode: 0 })
})

test('a failure without an error code says so', async t => {
  const { path } = replayedProgram(t, { stderr: 'error: unexpected argument', exitCode: 2 })
  await t.rejects(createNitroCli(path).terminateEnclave('i-1'), { code: 'UNEXPLAINED', exitCode: 2, command: 'terminate-enclave' })
})

test('a missing program is NOT_FOUND', async t => {
  await t.rejects(createNitroCli('/nowhere/nitro-cli').describeEif('/a.eif', never), { code: 'NOT_FOUND', exitCode: undefined })
})

test('an abort ends the program and is ABORTED', async t => {
  const { path } = replayedProgram(t, { hang: true })
  const controller = new AbortController()
  const call = createNitroCli(path).buildEnclave('signer:1', '/a.eif', controller.signal)
  controller.abort()
  await t.rejects(call, { code: 'ABORTED', command: 'build-enclave' })
})

test('every call reads its own answer', withVectors, async t => {
  const answering = (name: string): ReturnType<typeof createNitroCli> => createNitroCli(replayedProgram(t, { stdout: vector(`nitro-cli/${name}.stdout.json`) }).path)
  t.match(await answering('build-enclave').buildEnclave('x', '/a', never), { PCR0: /^297caf40/ })
  t.match(await answering('describe-eif').describeEif('/a', never), { intact: true })
  t.match(await answering('describe-enclaves').describeEnclaves(), [{ name: 'my_enclave' }])
  t.match(await answering('terminate-enclave').terminateEnclave('i'), /^i-abc/)
})

test('what build-enclave prints meanwhile is told line by line', withVectors, async t => {
  const { path } = replayedProgram(t, { stdout: vector('nitro-cli/build-enclave.stdout.json'), stderr: vector('nitro-cli/build-enclave.stderr.txt') })
  const lines: string[] = []
  await createNitroCli(path).buildEnclave('x', '/a', never, line => { lines.push(line) })
  t.same(lines, ['Start building the Enclave Image...', 'Using the locally available Docker image...', 'Enclave Image successfully created.'])
})

test('a full disk is DISK_FULL whatever code it is wrapped in', async t => {
  const stderr = 'Docker build error: write /var/lib/docker/x: no space left on device\n[ E49 ] Docker image build error. Such error appears…\n\nFor more'
  const { path } = replayedProgram(t, { stderr, exitCode: 49 })
  await t.rejects(createNitroCli(path).buildEnclave('x', '/a', never, () => undefined), { code: 'DISK_FULL', exitCode: 49, message: /no space left on device/ })
})

test('enclaves that answer are kept where another one does not', withVectors, async t => {
  const stdout = vector('nitro-cli/describe-enclaves.stdout.json')
  const { path } = replayedProgram(t, { stdout, stderr: 'Failed connections: 1\n[ E39 ] Enclave process connection failure.\n\nFor more', exitCode: 39 })
  await t.rejects(createNitroCli(path).describeEnclaves(), { code: 'E39', stdout: stdout.trimEnd() })
})
