import { test } from 'tap'

import { setFaults } from '../../src/index.ts'
import type { DockerFault } from '../../src/index.ts'
import { complaintOf, endAfterAnother, faultTaken } from '../fixtures/fault.ts'
import { startTestHost } from '../fixtures/host.ts'
import { start } from '../fixtures/run.ts'

type Effect = Omit<DockerFault, 'at'>

test('docker and its faults', async (t) => {
  const host = await startTestHost(t)
  const { directory, environment, docker } = host
  const good = await docker(['image', 'inspect', 'enclave-signer:dev'])
  const inspectUnder = async (effect: Effect) => {
    await setFaults(directory, [{ at: 'docker image inspect', times: 1, ...effect }])
    return await docker(['image', 'inspect', 'enclave-signer:dev'])
  }

  await t.test('an exit status and a text stand in for the work', async (t) => {
    t.same(await inspectUnder({ exitCode: 1, stderr: 'Cannot connect to the Docker daemon' }), {
      stdout: '', stderr: 'Cannot connect to the Docker daemon\n', exitCode: 1,
    })
    t.same(await docker(['image', 'inspect', 'enclave-signer:dev']), good, 'once')
  })

  await t.test('a text alone is a warning', async (t) => {
    t.same(await inspectUnder({ stderr: 'WARNING: bridge\n' }), { ...good, stderr: 'WARNING: bridge\n' })
  })

  await t.test('stdout is cut in the middle', async (t) => {
    t.same(await inspectUnder({ partialJson: true }), { ...good, stdout: good.stdout.slice(0, good.stdout.length >> 1) })
  })

  await t.test('stdout comes on stderr', async (t) => {
    t.same(await inspectUnder({ wrongStream: true }), { stdout: '', stderr: good.stdout, exitCode: 0 })
  })

  await t.test('stdout has other text around it', async (t) => {
    t.same(await inspectUnder({ noise: { before: 'one\n', after: 'two\n' } }), { ...good, stdout: `one\n${good.stdout}two\n` })
  })

  await t.test('the work is done and then said to have failed', async (t) => {
    await setFaults(directory, [{ at: 'docker tag', times: 1, exitCode: 1, stderr: 'timeout', afterWork: true }])
    t.same(await docker(['tag', 'enclave-signer:dev', 'late']), { stdout: '', stderr: 'timeout\n', exitCode: 1 })
    t.equal((await docker(['image', 'inspect', 'late'])).exitCode, 0)
    await setFaults(directory, [{ at: 'docker tag', times: 1, exitCode: 1 }])
    await docker(['tag', 'enclave-signer:dev', 'never'])
    t.equal((await docker(['image', 'inspect', 'never'])).exitCode, 1, 'without afterWork it is not done')
  })

  await t.test('a delay comes before the work, which is then done', async (t) => {
    t.same(await inspectUnder({ delayMs: 5 }), good)
    await setFaults(directory, [{ at: 'docker image inspect', times: 1, delayMs: 3_600_000 }])
    const late = start('docker', ['image', 'inspect', 'enclave-signer:dev'], environment)
    await faultTaken(directory)
    t.same(await endAfterAnother(late, environment), [null, 'SIGTERM'])
  })

  await t.test('a process that hangs ends by a signal, or by SIGKILL only', async (t) => {
    await setFaults(directory, [{ at: 'docker build', hang: true, stderr: 'stuck' }])
    const hanging = start('docker', ['build', '-'], environment)
    t.equal(await complaintOf(hanging), 'stuck\n')
    t.same(await endAfterAnother(hanging, environment), [null, 'SIGTERM'])
    await setFaults(directory, [{ at: 'docker build', hang: 'ignoring-signals', stderr: 'deaf' }])
    const deaf = start('docker', ['build', '-'], environment)
    t.equal(await complaintOf(deaf), 'deaf\n')
    t.same(await endAfterAnother(deaf, environment, ['SIGINT', 'SIGHUP', 'SIGTERM', 'SIGKILL']), [null, 'SIGKILL'])
  })
})
