import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { test } from 'tap'
import type { Test } from 'tap'

import { ConfigError } from '../../src/config/config-error.ts'
import { createLogger } from '../../src/logger.ts'
import { createMetrics } from '../../src/metrics/metrics.ts'
import type { Metrics } from '../../src/metrics/metrics.ts'
import { WatchedValue } from '../../src/reload/watched-value.ts'
import type { WatchTimes } from '../../src/reload/watched-value.ts'

interface Watching {
  /** While it is set, loading fails for a reason that no file shows. */
  disturb: (disturbed: boolean) => void
  /** While it is set, loading begins and does not end. */
  stick: (stuck: boolean) => void
  /** How often it was begun. */
  loads: () => number
  stop: () => Promise<void>
  path: string
  files: WatchedValue<string>
  changes: string[]
  log: Record<string, unknown>[]
  metrics: Metrics
}

/** A file of which every text is good that does not begin with "bad". A second line names another file. */
async function watch (t: Test, text = 'one', times: Partial<WatchTimes> = {}): Promise<Watching> {
  const path = join(t.testdir({ file: text }), 'file')
  let disturbed = false
  let [loads, stuck] = [0, false]
  const [changes, log] = [[] as string[], [] as Record<string, unknown>[]]
  const metrics = createMetrics()
  const files = await WatchedValue.open({
    name: 'callers',
    load: async read => {
      loads++
      if (stuck) await new Promise(() => undefined)
      if (disturbed) throw new Error('too many open files')
      const [value = '', other] = (await read(path)).split('\n')
      if (value.startsWith('bad')) throw new ConfigError([`it is ${value}`])
      return other === undefined ? value : value + await read(other)
    },
    onChange: value => { changes.push(value) },
    metrics,
    log: createLogger('info', { write: line => { log.push(JSON.parse(line) as Record<string, unknown>) } }),
    now: Date.now,
    times: { pollMs: 5, retryMs: 1_000_000, ...times },
  })
  // What it waits with does not keep the process up by itself.
  const process = setInterval(() => undefined, 1000)
  const stop = new AbortController()
  const watching = files.watch(stop.signal)
  t.teardown(async () => {
    clearInterval(process)
    stop.abort()
    await watching
  })
  return {
    path,
    files,
    changes,
    log,
    metrics,
    disturb: now => { disturbed = now },
    stick: now => { stuck = now },
    loads: () => loads,
    stop: async () => {
      stop.abort()
      await watching
    },
  }
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
  const { path, files, changes } = await watch(t, 'one', { pollMs: 30 })
  for (let length = 0; length < 100; length++) {
    writeFileSync(path, `two${'.'.repeat(length)}`)
    await sleep(3)
  }
  writeFileSync(path, 'three')
  await until(() => files.value === 'three')
  t.same(changes, ['three'])
})

test('a refusal that no file was to blame for ends by itself', async t => {
  const { files, disturb } = await watch(t, 'one', { retryMs: 20 })
  disturb(true)
  await files.reload()
  t.not(files.status().refusedSince, null)
  disturb(false)
  await until(() => files.status().refusedSince === null)
  t.equal(files.value, 'one')
})

test('files that are refused are not read again until one of them changes', async t => {
  const { path, files, loads } = await watch(t)
  writeFileSync(path, 'bad')
  await until(() => files.status().refusedSince !== null)
  const before = loads()
  await sleep(100)
  t.equal(loads(), before)
  writeFileSync(path, 'two')
  await until(() => files.value === 'two')
})

test('a pipe in place of a file is refused, and whatever follows it is in force soon after', async t => {
  const { path, files, log } = await watch(t)
  rmSync(path)
  execFileSync('mkfifo', [path])
  await until(() => files.status().refusedSince !== null)
  t.match(log, [{ faults: ['it is no ordinary file'] }])
  rmSync(path)
  writeFileSync(path, 'two')
  await until(() => files.value === 'two')
})

test('a load that does not end is given up with an alarm, and the next one does not wait for it', async t => {
  const { path, files, log, stick } = await watch(t, 'one', { patienceMs: 1000 })
  stick(true)
  writeFileSync(path, 'two')
  await until(() => files.status().refusedSince !== null)
  t.match(log, [{ faults: ['the files cannot be read within 1 s'] }])
  stick(false)
  writeFileSync(path, 'three')
  await until(() => files.value === 'three')
  t.equal(files.status().refusedSince, null)
})

test('no more than two loads that do not end are under way', async t => {
  const { files, stick, loads } = await watch(t, 'one', { patienceMs: 1000 })
  const before = loads()
  stick(true)
  for (let times = 0; times < 5; times++) await files.reload()
  t.equal(loads() - before, 2)
})

test('a stop does not wait for a load that does not end', async t => {
  const { path, stick, loads, stop } = await watch(t)
  const before = loads()
  stick(true)
  writeFileSync(path, 'two')
  await until(() => loads() > before)
  await stop()
  t.pass()
})

test('a start does not wait for files that cannot be read', async t => {
  const options = { name: 'callers', metrics: createMetrics(), log: createLogger('silent'), now: Date.now, times: { patienceMs: 10 } } as const
  const process = setInterval(() => undefined, 1000)
  t.teardown(() => { clearInterval(process) })
  await t.rejects(WatchedValue.open({ ...options, load: async () => await new Promise<never>(() => undefined) }), {
    name: 'ConfigError', message: /cannot be read within 0\.01 s/,
  })
})
