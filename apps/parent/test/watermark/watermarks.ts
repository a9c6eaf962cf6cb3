import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

import { test } from 'tap'
import type { Test } from 'tap'

import { createLogger } from '../../src/logger.ts'
import { createMetrics } from '../../src/metrics/metrics.ts'
import type { Metrics } from '../../src/metrics/metrics.ts'
import { Watermarks } from '../../src/watermark/watermarks.ts'
import type { WatermarksOptions } from '../../src/watermark/watermarks.ts'
import { FaultyDisk } from '../fixtures/faulty-disk.ts'

interface Opened {
  watermarks: Watermarks
  disk: FaultyDisk
  logLines: string[]
  metrics: Metrics
  /** Opens what is on the disk anew, as after a restart. */
  again: () => Promise<Opened>
}

async function open (t: Test, options: Partial<WatermarksOptions> & { dataDir: string }): Promise<Opened> {
  const disk = new FaultyDisk()
  const logLines: string[] = []
  const metrics = createMetrics()
  const log = createLogger('info', { write: line => { logLines.push(line) } })
  const watermarks = await Watermarks.open({ metrics, log, now: Date.now, openFile: disk.open, ...options })
  t.teardown(() => watermarks.close().catch(() => undefined))
  return { watermarks, disk, logLines, metrics, again: () => open(t, options) }
}

const journalOf = (dataDir: string): string => join(dataDir, 'watermarks/journal.jsonl')

test('a key signs under a sequence once, and then under higher ones only', async t => {
  const { watermarks } = await open(t, { dataDir: t.testdir() })
  await watermarks.advance('k', 5)
  for (const sequence of [5, 4, 0]) await t.rejects(watermarks.advance('k', sequence), { code: 'SEQUENCE_NOT_ABOVE', facts: { keyId: 'k', lastSequence: 5 } })
  await watermarks.advance('k', 6)
  await watermarks.advance('k', Number.MAX_SAFE_INTEGER)
  await watermarks.advance('other', 0)
  await t.rejects(watermarks.advance('other', 0), { code: 'SEQUENCE_NOT_ABOVE', facts: { lastSequence: 0 } })
})

test('a key that has signed under a sequence takes nothing without one; another key is as before', async t => {
  const { watermarks, metrics } = await open(t, { dataDir: t.testdir() })
  await watermarks.advance('k', undefined)
  await watermarks.advance('k', 1)
  await t.rejects(watermarks.advance('k', undefined), { code: 'SEQUENCE_REQUIRED', facts: { keyId: 'k' } })
  await watermarks.advance('other', undefined)
  t.match(await metrics.registry.metrics(), /watermark_refusals_total\{code="SEQUENCE_REQUIRED"\} 1/)
})

test('what has been taken stays taken over restarts', async t => {
  const dataDir = t.testdir()
  const first = await open(t, { dataDir })
  await Promise.all([first.watermarks.advance('a', 7), first.watermarks.advance('b', 9)])
  await first.watermarks.close()
  const second = await first.again()
  t.equal(second.watermarks.lastSequence('a'), 7)
  t.equal(second.watermarks.lastSequence('c'), undefined)
  await t.rejects(second.watermarks.advance('a', 7), { code: 'SEQUENCE_NOT_ABOVE' })
  await t.rejects(second.watermarks.advance('b', undefined), { code: 'SEQUENCE_REQUIRED' })
  await second.watermarks.advance('a', 8)
})

test('a sequence is on the disk before it counts as taken', async t => {
  const { watermarks, disk } = await open(t, { dataDir: t.testdir() })
  await watermarks.advance('k', 1)
  const { syncs } = disk
  await watermarks.advance('k', 2)
  t.equal(disk.syncs, syncs + 1)
})

test('of any number of equal sequences at once exactly one gets through', async t => {
  const { watermarks } = await open(t, { dataDir: t.testdir() })
  for (let sequence = 0; sequence < 20; sequence++) {
    const settled = await Promise.allSettled(Array.from({ length: 50 }, () => watermarks.advance('k', sequence)))
    t.equal(settled.filter(({ status }) => status === 'fulfilled').length, 1)
  }
})

test('many keys share a sync, and rising sequences of one key do too', async t => {
  const { watermarks, disk } = await open(t, { dataDir: t.testdir() })
  await watermarks.advance('k', 0)
  const { syncs } = disk
  await Promise.all(Array.from({ length: 50 }, (_, index) => watermarks.advance('k', index + 1)))
  t.equal(disk.syncs, syncs + 1)
})

test('what cannot be stored is refused, and the sequence is free again', async t => {
  const { watermarks, disk, metrics } = await open(t, { dataDir: t.testdir() })
  await watermarks.advance('k', 1)
  disk.room = 50
  const settled = await Promise.allSettled([watermarks.advance('k', 2), watermarks.advance('k', 3)])
  t.match(settled, [{ reason: { code: 'WATERMARK_UNAVAILABLE', facts: { keyId: 'k' } } }, { reason: { code: 'WATERMARK_UNAVAILABLE' } }])
  t.match(await metrics.registry.metrics(), /journal_failures_total\{journal="watermarks"\} 1/)
  disk.room = Infinity
  t.equal(watermarks.lastSequence('k'), 1)
  await watermarks.advance('k', 2)
  await t.rejects(watermarks.advance('k', 2), { code: 'SEQUENCE_NOT_ABOVE' })
})

test('the folders that hold the watermarks and the marks are on the disk before anything in them counts', async t => {
  const dataDir = t.testdir()
  const { watermarks, disk } = await open(t, { dataDir })
  t.same([...disk.syncedFolders], [dataDir])
  await watermarks.advance('k', 1)
  t.same([...disk.syncedFolders].slice(1).sort(), [join(dataDir, 'guarded-keys'), join(dataDir, 'watermarks')])
  disk.folderSyncFault = 'EIO'
  await t.rejects(open(t, { dataDir, openFile: disk.open }), { code: 'EIO' })
})

test('a sequence of a key that cannot be marked is refused, and is free again', async t => {
  const dataDir = t.testdir()
  const { watermarks, again } = await open(t, { dataDir })
  await watermarks.advance('k', 1)
  rmSync(join(dataDir, 'guarded-keys'), { recursive: true })
  await t.rejects(watermarks.advance('new', 5), { code: 'WATERMARK_UNAVAILABLE' })
  t.equal(watermarks.lastSequence('new'), undefined)
  mkdirSync(join(dataDir, 'guarded-keys'))
  await watermarks.advance('new', 5)
  await t.rejects(watermarks.advance('new', 5), { code: 'SEQUENCE_NOT_ABOVE' })
  await watermarks.close()
  t.equal((await again()).watermarks.lastSequence('new'), 5)
})

const textOf = (dataDir: string): string => readFileSync(journalOf(dataDir), 'utf8')

/** A journal with 11 and 12 for a key, of which the end is changed. */
async function openChanged (t: Test, change: (text: string) => string): Promise<Opened & { dataDir: string }> {
  const dataDir = t.testdir()
  const { watermarks, again } = await open(t, { dataDir })
  await watermarks.advance('k', 11)
  await watermarks.advance('k', 12)
  await watermarks.close()
  writeFileSync(journalOf(dataDir), change(textOf(dataDir)))
  return { ...await again(), dataDir }
}

for (const [what, change] of Object.entries<(text: string) => string>({
  'whose hash is cut': text => text.slice(0, -30),
  'that is cut right behind the sequence': text => text.slice(0, text.lastIndexOf(',"hash"')),
  'that has zeros in the place of its end': text => text.slice(0, -30) + '\0'.repeat(4000),
})) {
  test(`what can be read of a torn line ${what} counts, and still does when that line is closed off`, async t => {
    const { watermarks, logLines, again } = await openChanged(t, change)
    t.equal(watermarks.lastSequence('k'), 12)
    t.match(logLines.join(''), /"level":"warn".*the watermarks end with a line that is not whole/)
    await t.rejects(watermarks.advance('k', 12), { code: 'SEQUENCE_NOT_ABOVE' })
    await watermarks.advance('other', 1)
    await watermarks.close()
    const { watermarks: later } = await again()
    t.same(['k', 'other'].map(keyId => later.lastSequence(keyId)), [12, 1])
  })
}

test('a torn line that names no sequence was nobody\'s leave to sign', async t => {
  const { watermarks, again } = await openChanged(t, text => text.slice(0, text.lastIndexOf('12,"hash"')))
  t.equal(watermarks.lastSequence('k'), 11)
  await watermarks.advance('k', 12)
  await watermarks.close()
  t.equal((await again()).watermarks.lastSequence('k'), 12)
})

test('a key whose first sequence stands in a torn line needs one from then on', async t => {
  const { watermarks, again, dataDir } = await openChanged(t, text => text)
  await watermarks.advance('new', 5)
  await watermarks.close()
  rmSync(join(dataDir, 'guarded-keys/new'))
  writeFileSync(journalOf(dataDir), textOf(dataDir).slice(0, -30))
  await t.rejects((await again()).watermarks.advance('new', undefined), { code: 'SEQUENCE_REQUIRED' })
  t.ok(existsSync(join(dataDir, 'guarded-keys/new')))
})

test('a journal that is there and cannot be opened is not taken for none', async t => {
  const dataDir = t.testdir()
  mkdirSync(join(dataDir, 'watermarks'))
  symlinkSync('journal.jsonl', journalOf(dataDir))
  await t.rejects(open(t, { dataDir }), { code: 'ELOOP' })
})

const losses: Record<string, (dataDir: string) => void> = {
  'the journal is gone': dataDir => { rmSync(journalOf(dataDir)) },
  'the folder of the journal is gone': dataDir => { rmSync(join(dataDir, 'watermarks'), { recursive: true }) },
  'the journal is empty': dataDir => { writeFileSync(journalOf(dataDir), '') },
  'a byte of it is another': dataDir => { writeFileSync(journalOf(dataDir), textOf(dataDir).replace('"sequence":7', '"sequence":1')) },
  'a line of it is gone': dataDir => { writeFileSync(journalOf(dataDir), textOf(dataDir).split(/(?<=\n)/).toSpliced(1, 1).join('')) },
  'its last byte is another': dataDir => { writeFileSync(journalOf(dataDir), textOf(dataDir).replace(/\n$/, 'x')) },
  'its last line is another': dataDir => { writeFileSync(journalOf(dataDir), textOf(dataDir).replace('"sequence":9', '"sequence":8')) },
  'it is another service\'s': dataDir => {
    mkdirSync(join(dataDir, 'other'))
    writeFileSync(journalOf(dataDir), '{}\n')
  },
}

for (const [what, lose] of Object.entries(losses)) {
  test(`when ${what}, the keys that had a watermark are refused and never begin at zero`, async t => {
    const dataDir = t.testdir()
    const first = await open(t, { dataDir })
    for (const [keyId, sequence] of [['k', 7], ['k', 8], ['k', 9]] as const) await first.watermarks.advance(keyId, sequence)
    await first.watermarks.close()
    lose(dataDir)
    for (const { watermarks, logLines } of [await first.again(), await first.again()]) {
      t.equal(watermarks.lastSequence('k'), null)
      for (const sequence of [undefined, 1, 10, 1_000_000]) await t.rejects(watermarks.advance('k', sequence), { code: 'WATERMARK_UNREADABLE', facts: { keyId: 'k' } })
      t.match(logLines.join(''), /"keys":1,"keyId":"k","msg":"keys are refused because their watermarks are gone"/)
      await watermarks.advance('other', undefined)
      await watermarks.close()
    }
  })
}

test('after a journal was lost other keys begin one, and the lost key stays refused', async t => {
  const dataDir = t.testdir()
  const first = await open(t, { dataDir })
  await first.watermarks.advance('lost', 7)
  await first.watermarks.close()
  rmSync(journalOf(dataDir))
  const second = await first.again()
  await second.watermarks.advance('other', 1)
  await second.watermarks.close()
  const { watermarks } = await second.again()
  t.equal(watermarks.lastSequence('other'), 1)
  await t.rejects(watermarks.advance('lost', 100), { code: 'WATERMARK_UNREADABLE' })
})

test('a key that the journal knows is marked again when its mark is gone', async t => {
  const dataDir = t.testdir()
  const first = await open(t, { dataDir })
  await first.watermarks.advance('k', 7)
  await first.watermarks.close()
  rmSync(join(dataDir, 'guarded-keys/k'))
  await (await first.again()).watermarks.close()
  t.ok(existsSync(join(dataDir, 'guarded-keys/k')))
})

test('a journal that has grown is replaced by the latest watermarks, and nothing is forgotten', async t => {
  const dataDir = t.testdir()
  const first = await open(t, { dataDir, compactAtBytes: 10_000 })
  for (let sequence = 0; sequence < 200; sequence++) await Promise.all(['a', 'b'].map(keyId => first.watermarks.advance(keyId, sequence)))
  await first.watermarks.close()
  t.ok(readFileSync(journalOf(dataDir)).length < 12_000)
  const { watermarks } = await first.again()
  t.same(['a', 'b'].map(keyId => watermarks.lastSequence(keyId)), [199, 199])
})

test('where there is no room for a new journal the old one is gone on with', async t => {
  const dataDir = t.testdir()
  const { watermarks, disk, again } = await open(t, { dataDir, compactAtBytes: 1000 })
  await watermarks.advance('k', 0)
  disk.openFault = 'ENOSPC'
  for (let sequence = 1; sequence < 20; sequence++) await watermarks.advance('k', sequence)
  await watermarks.close()
  t.equal((await again()).watermarks.lastSequence('k'), 19)
})

test('a journal whose name is not on the disk is the journal, and lets nothing through until the name is', async t => {
  const dataDir = t.testdir()
  const { watermarks, disk, again } = await open(t, { dataDir, compactAtBytes: 1500 })
  await watermarks.advance('k', 0)
  disk.folderSyncFault = 'EIO'
  let taken = 0
  await t.rejects(async () => { while (taken < 20) await watermarks.advance('k', ++taken) }, { code: 'WATERMARK_UNAVAILABLE' })
  t.ok(taken > 2, 'the control: the journal is replaced by another meanwhile')
  t.equal(watermarks.lastSequence('k'), taken - 1)
  await t.rejects(watermarks.advance('k', taken), { code: 'WATERMARK_UNAVAILABLE' })
  disk.folderSyncFault = undefined
  await watermarks.advance('k', taken)
  await watermarks.close()
  t.equal((await again()).watermarks.lastSequence('k'), taken)
})

test('a first watermark whose journal has no lasting name is refused, and is free again', async t => {
  const dataDir = t.testdir()
  const { watermarks, disk, again } = await open(t, { dataDir })
  disk.folderSyncFault = 'EIO'
  await t.rejects(watermarks.advance('k', 1), { code: 'WATERMARK_UNAVAILABLE' })
  t.equal(watermarks.lastSequence('k'), undefined)
  disk.folderSyncFault = undefined
  await watermarks.advance('k', 1)
  await watermarks.close()
  t.equal((await again()).watermarks.lastSequence('k'), 1)
})

test('where the folder cannot be opened the old journal is gone on with', async t => {
  const dataDir = t.testdir()
  const { watermarks, disk, again } = await open(t, { dataDir, compactAtBytes: 1000 })
  await watermarks.advance('k', 0)
  disk.folderOpenFault = 'EMFILE'
  for (let sequence = 1; sequence < 20; sequence++) await watermarks.advance('k', sequence)
  await watermarks.close()
  t.equal((await again()).watermarks.lastSequence('k'), 19)
})

test('killed at random moments, no process ever lets a sequence through that an earlier one has signed under', async t => {
  const dataDir = t.testdir()
  const signed = join(dataDir, 'signed')
  const kills = Number(process.env.WATERMARK_KILLS ?? 8)
  for (let life = 0; life < kills; life++) {
    const child = spawn(process.execPath, [join(import.meta.dirname, '../fixtures/signer-process.ts'), dataDir, signed], { stdio: ['pipe', 'pipe', 'inherit'] })
    const answers = createInterface({ input: child.stdout })
    const dieAfter = 20 + Math.floor(Math.random() * 400)
    let answered = 0
    let next = 0
    // Every life asks for the same sequences again, with messages of its own.
    const ask = (): void => { child.stdin.write(`${['a', 'b', 'c'][next % 3] ?? ''} ${Math.floor(next++ / 6)} message-of-life-${life}\n`) }
    child.stdin.on('error', () => undefined)
    answers.on('line', line => {
      if (line === 'ready') for (let index = 0; index < 64; index++) ask()
      else ask()
      if (line.startsWith('signed') && ++answered === dieAfter) child.kill('SIGKILL')
    })
    await once(child, 'exit')
  }
  const pairs = readFileSync(signed, 'utf8').trimEnd().split('\n').map(line => line.split(' ').slice(0, 2).join(' '))
  t.ok(pairs.length >= 20 * kills, `${pairs.length} signatures in ${kills} lives`)
  t.equal(new Set(pairs).size, pairs.length)
  t.same(readdirSync(join(dataDir, 'guarded-keys')).sort(), ['a', 'b', 'c'])
})
