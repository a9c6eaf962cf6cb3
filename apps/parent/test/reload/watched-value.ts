import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { test } from 'tap'
import type { Test } from 'tap'

import { ConfigError } from '../../src/config/config-error.ts'
import { createLogger } from '../../src/logger.ts'
import { createMetrics } from '../../src/metrics/metrics.ts'
import type { Metrics } from '../../src/metrics/metrics.ts'
import { WatchedValue } from '../../src/reload/watched-value.ts'

interface Watching {
  /** While it is set, loading fails for a reason that no file shows. */
  disturb: (disturbed: boolean) => void
  path: string
  files: WatchedValue<string>
  changes: string[]
  log: Record<string, unknown>[]
  metrics: Metrics
}

/** A file of which every text is good that does not begin with "bad". A second line names another file. */
async function watch (t: Test, text = 'one', pollMs = 5): Promise<Watching> {
  const path = join(t.testdir({ file: text }), 'file')
  let disturbed = false
  const [changes, log] = [[] as string[], [] as Record<string, unknown>[]]
  const metrics = createMetrics()
  const files = await WatchedValue.open({
    name: 'callers',
    load: async () => {
      if (disturbed) throw new Error('too many open files')
      const [value = '', other] = (await readFile(path, 'utf8')).split('\n')
      if (value.startsWith('bad')) throw new ConfigError([`it is ${value}`])
      return { value: other === undefined ? value : value + await readFile(other, 'utf8'), files: other === undefined ? [path] : [path, other] }
    },
    onChange: value => { changes.push(value) },
    metrics,
    log: createLogger('info', { write: line => { log.push(JSON.parse(line) as Record<string, unknown>) } }),
    now: Date.now,
  })
  const stop = new AbortController()
  const watching = files.watch(stop.signal, pollMs)
  t.teardown(async () => {
    stop.abort()
    await watching
  })
  return { path, files, changes, log, metrics, disturb: now => { disturbed = now } }
}

async function until (condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(2)
}

async function metric (metrics: Metrics, name: string): Promise<string | undefined> {
  return (await metrics.registry.metrics()).split('\n').find(line => line.startsWith(`enclave_signer_${name}{name="callers"} `))?.split(' ')[1]
}

test('the first value is there at once, and files that cannot be used are an error', async t => {
  const { files } = await watch(t)
  t.equal(files.value, 'one')
  t.match(files.status(), { name: 'callers', loadedAt: /Z$/, refusedSince: null })
  await t.rejects(watch(t, 'bad'), { name: 'ConfigError', message: /it is bad/ })
})

test('a file that is written anew is in force soon after', async t => {
  const { path, files, changes, log } = await watch(t)
  writeFileSync(path, 'two')
  await until(() => files.value === 'two')
  t.same(changes, ['two'])
  t.match(log, [{ level: 'info', name: 'callers', msg: 'changed files are in force' }])
})

test('a file that is replaced by a rename is in force soon after', async t => {
  const { path, files } = await watch(t)
  writeFileSync(`${path}.new`, 'two')
  renameSync(`${path}.new`, path)
  await until(() => files.value === 'two')
  t.pass()
})

test('a file behind links that are exchanged as Kubernetes does is in force soon after', async t => {
  const { path, files } = await watch(t)
  const folder = `${path}.d`
  for (const [version, text] of [['v1', 'two'], ['v2', 'three']] as const) {
    mkdirSync(join(folder, version), { recursive: true })
    writeFileSync(join(folder, version, 'file'), text)
  }
  symlinkSync('v1', join(folder, 'data'))
  rmSync(path)
  symlinkSync(join(folder, 'data/file'), path)
  await until(() => files.value === 'two')
  symlinkSync('v2', join(folder, 'data.new'))
  renameSync(join(folder, 'data.new'), join(folder, 'data'))
  await until(() => files.value === 'three')
  t.equal(readFileSync(path, 'utf8'), 'three')
})

test('a broken edit is refused with an alarm, the value before stays in force, and mending it ends the alarm', async t => {
  const { path, files, changes, log, metrics } = await watch(t)
  t.equal(await metric(metrics, 'files_refused'), '0')
  writeFileSync(path, 'bad')
  await until(() => files.status().refusedSince !== null)
  t.equal(files.value, 'one')
  t.same(changes, [])
  t.match(log, [{ level: 'error', name: 'callers', faults: ['it is bad'] }])
  t.equal(await metric(metrics, 'files_refused'), '1')
  t.equal(await metric(metrics, 'files_refusals_total'), '1')
  writeFileSync(path, 'two')
  await until(() => files.value === 'two')
  t.equal(files.status().refusedSince, null)
  t.equal(await metric(metrics, 'files_refused'), '0')
})

test('a refusal is told once, and another one is told too', async t => {
  const { path, files, log } = await watch(t)
  for (let times = 0; times < 3; times++) {
    writeFileSync(path, 'bad')
    await files.reload()
  }
  writeFileSync(path, 'bad again')
  await files.reload()
  t.same(log.map(({ faults }) => faults), [['it is bad'], ['it is bad again']])
})

test('a file that is deleted leaves the value in force', async t => {
  const { path, files } = await watch(t)
  rmSync(path)
  await until(() => files.status().refusedSince !== null)
  t.equal(files.value, 'one')
})

test('a file that the first one names is watched too, also when it comes later', async t => {
  const { path, files } = await watch(t)
  const other = `${path}.other`
  writeFileSync(path, `two\n${other}`)
  await until(() => files.status().refusedSince !== null)
  t.equal(files.value, 'one')
  writeFileSync(other, '+a')
  await until(() => files.value === 'two+a')
  writeFileSync(other, '+b')
  await until(() => files.value === 'two+b')
  t.pass()
})

test('asking for a reload does not wait for the next look', async t => {
  const { path, files } = await watch(t)
  writeFileSync(path, 'two')
  await files.reload()
  t.equal(files.value, 'two')
})

test('a file is not read while it is being written', async t => {
  const { path, files, changes } = await watch(t, 'one', 30)
  for (let length = 0; length < 100; length++) {
    writeFileSync(path, `two${'.'.repeat(length)}`)
    await sleep(3)
  }
  writeFileSync(path, 'three')
  await until(() => files.value === 'three')
  t.same(changes, ['three'])
})

test('a refusal that no file was to blame for ends by itself', async t => {
  const { files, disturb } = await watch(t)
  disturb(true)
  await files.reload()
  t.not(files.status().refusedSince, null)
  disturb(false)
  await until(() => files.status().refusedSince === null)
  t.equal(files.value, 'one')
})
