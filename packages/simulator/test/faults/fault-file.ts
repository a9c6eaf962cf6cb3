import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'

import { clearFaults, setFaults, takeFault } from '../../src/faults/fault-file.ts'
import { run } from '../fixtures/run.ts'
import { startTestHost } from '../fixtures/host.ts'

test('without a list of faults there is none', async (t) => {
  t.equal(takeFault(t.testdir(), 'docker build'), undefined)
})

test('a fault is for its point alone, and without times for ever', async (t) => {
  const directory = t.testdir()
  await setFaults(directory, [{ at: 'socat', exitCode: 1 }])
  t.equal(takeFault(directory, 'vsock-proxy'), undefined)
  for (let run = 0; run < 5; run++) t.same(takeFault(directory, 'socat'), { at: 'socat', exitCode: 1 })
})

test('faults of one point come one after another, each as often as it says, and one without an effect lets runs pass', async (t) => {
  const directory = t.testdir()
  await setFaults(directory, [
    { at: 'docker build', times: 1 }, { at: 'docker tag', exitCode: 9 }, { at: 'docker build', times: 2, exitCode: 1 }, { at: 'docker build', times: 1, hang: true },
  ])
  t.same(Array.from({ length: 5 }, () => takeFault(directory, 'docker build')), [
    { at: 'docker build', times: 1 },
    { at: 'docker build', times: 2, exitCode: 1 },
    { at: 'docker build', times: 2, exitCode: 1 },
    { at: 'docker build', times: 1, hang: true },
    undefined,
  ])
})

test('a new list counts from the beginning, and clearing it leaves nothing', async (t) => {
  const directory = t.testdir()
  const faults = [{ at: 'socat', times: 1, exitCode: 1 }] as const
  await setFaults(directory, faults)
  t.ok(takeFault(directory, 'socat'))
  t.equal(takeFault(directory, 'socat'), undefined)
  await setFaults(directory, faults)
  t.ok(takeFault(directory, 'socat'))
  await clearFaults(directory)
  t.equal(takeFault(directory, 'socat'), undefined)
  t.notOk(existsSync(join(directory, 'faults.json')))
  t.notOk(existsSync(join(directory, 'faults')))
  await clearFaults(directory)
})

test('a list written by hand counts too, and one that is none is said to be so', async (t) => {
  const directory = t.testdir()
  writeFileSync(join(directory, 'faults.json'), '{"faults":[{"at":"socat","times":1}]}')
  t.ok(takeFault(directory, 'socat'))
  t.equal(takeFault(directory, 'socat'), undefined)
  for (const text of ['{', '[]', '{"faults":{}}']) {
    writeFileSync(join(directory, 'faults.json'), text)
    t.throws(() => takeFault(directory, 'socat'), { code: 'STATE_FILE_UNREADABLE', facts: { subject: join(directory, 'faults.json') } }, text)
  }
})

test('processes that run at the same time never use one fault twice', async (t) => {
  const { directory, environment } = await startTestHost(t)
  await setFaults(directory, [{ at: 'docker --version', times: 3, exitCode: 7 }])
  const results = await Promise.all(Array.from({ length: 6 }, async () => await run('docker', ['--version'], environment)))
  t.same(results.map(({ exitCode }) => exitCode).sort(), [0, 0, 0, 7, 7, 7])
})
