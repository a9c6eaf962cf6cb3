import { appendFileSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { test } from 'tap'

import { genesis } from '../../src/journal/chained-line.ts'
import { JournalFile } from '../../src/journal/journal-file.ts'
import { FaultyDisk } from '../fixtures/faulty-disk.ts'
import { header, note, walkOf } from '../fixtures/journal.ts'

test('a file is on the disk whole under its name, or not there', async t => {
  const path = join(t.testdir(), 'file')
  const disk = new FaultyDisk()
  disk.room = 300
  await t.rejects(JournalFile.create(path, genesis, [header, note('a')], disk.open), { code: 'ENOSPC' })
  t.notOk(existsSync(path))
  t.notOk(existsSync(`${path}.partial`))
  writeFileSync(`${path}.partial`, 'what a crash left')
  disk.room = Infinity
  const file = await JournalFile.create(path, genesis, [header, note('a')], disk.open)
  t.teardown(() => file.close())
  t.same(file.head, walkOf(path).walk.head)
  t.equal(file.unsyncedBytes, 0)
  t.equal(statSync(path).mode & 0o777, 0o600)
})

test('a file\'s name is on the disk before anything is written behind a start', async t => {
  const directory = t.testdir()
  const path = join(directory, 'file')
  await (await JournalFile.create(path, genesis, [header])).close()
  const disk = new FaultyDisk()
  disk.folderSyncFault = 'EIO'
  await t.rejects(JournalFile.open(path, { openFile: disk.open }), { code: 'EIO' })
  disk.folderSyncFault = undefined
  await (await JournalFile.open(path, { openFile: disk.open })).close()
  t.same([...disk.syncedFolders], [directory])
})

test('a file is gone on with where it ended, and its lines are told', async t => {
  const path = join(t.testdir(), 'file')
  await (await JournalFile.create(path, genesis, [header, note('a')])).close()
  const told: unknown[] = []
  const file = await JournalFile.open(path, { onLine: line => { told.push(line.text ?? line.kind) } })
  t.same(told, ['file', 'a'])
  await file.append([note('b')], { durably: true })
  await file.close()
  t.match(walkOf(path), { faults: [], walk: { lines: 3 } })
})

const recovery = /^\{"entry":3,.*"kind":"recovery","torn":\{"bytes":5,"sha256":"[0-9a-f]{64}"\},"hash"/

test('a line that a crash tore at any place is closed off, and the chain shows it', async t => {
  const path = join(t.testdir(), 'file')
  await (await JournalFile.create(path, genesis, [header, note('a'), note('b')])).close()
  const whole = readFileSync(path)
  const lastLine = whole.lastIndexOf(0x0a, whole.length - 2) + 1
  for (let end = lastLine + 1; end < whole.length; end++) {
    writeFileSync(path, whole.subarray(0, end))
    const file = await JournalFile.open(path)
    const newlineOnly = end === whole.length - 1
    if (file.torn?.bytes !== (newlineOnly ? undefined : end - lastLine)) t.fail(`${end}: torn`)
    await file.append([note('c')], { durably: false })
    await file.close()
    const { walk, faults } = walkOf(path)
    if (faults.length > 0 || walk.recoveries !== (newlineOnly ? 0 : 1) || walk.head.entry !== 4) t.fail(`cut at byte ${end}: ${JSON.stringify(faults)}`)
    if (end === lastLine + 5) t.match(readFileSync(path, 'utf8').split('\n').at(-3), recovery)
  }
})

test('zeros that a file system left at the end are a torn line too', async t => {
  const path = join(t.testdir(), 'file')
  await (await JournalFile.create(path, genesis, [header])).close()
  appendFileSync(path, Buffer.alloc(200_000))
  const file = await JournalFile.open(path)
  await file.append([note('a')], { durably: false })
  await file.close()
  t.match(walkOf(path), { faults: [], walk: { recoveries: 1, lines: 3 } })
})

test('a crash while a torn line was being closed off is a torn line again', async t => {
  const path = join(t.testdir(), 'file')
  await (await JournalFile.create(path, genesis, [header])).close()
  for (const cut of [0, 20, 300]) {
    appendFileSync(path, '{"entry":')
    const torn = await JournalFile.open(path)
    const { length } = torn
    await torn.append([note('a')], { durably: false })
    await torn.close()
    writeFileSync(path, readFileSync(path).subarray(0, length + cut))
    const again = await JournalFile.open(path)
    await again.append([note('a')], { durably: false })
    await again.close()
    t.match(walkOf(path).faults, [], `${cut} bytes of the recovery`)
  }
})

test('a torn line is closed off however often a crash comes while that is done', async t => {
  const path = join(t.testdir(), 'file')
  await (await JournalFile.create(path, genesis, [header])).close()
  appendFileSync(path, '{"entry":2,"previous":"')
  for (const cut of [10, 1, 120, 30, 1, 1]) {
    const torn = await JournalFile.open(path)
    const { length } = torn
    await torn.append([note('a')], { durably: false })
    await torn.close()
    writeFileSync(path, readFileSync(path).subarray(0, length + cut))
    t.match(walkOf(path).faults, [{ kind: 'torn', line: 2 }])
  }
  const last = await JournalFile.open(path)
  await last.append([note('a')], { durably: false })
  await last.close()
  t.match(walkOf(path), { faults: [], walk: { recoveries: 1, lines: 3 } })
})

test('a last line that is changed by one byte is never taken for one that a crash tore', async t => {
  const path = join(t.testdir(), 'file')
  await (await JournalFile.create(path, genesis, [header, note('a')])).close()
  const whole = readFileSync(path)
  const last = whole.length - 2
  for (let at = whole.lastIndexOf(0x0a, last) + 1; at <= last; at++) {
    // A newline or a zero in the place of the last byte is what crashes can leave.
    for (const byte of [0x20, whole.readUInt8(at) ^ 1, ...at < last ? [0, 0x0a] : []]) {
      const changed = Buffer.from(whole)
      changed[at] = byte
      writeFileSync(path, changed)
      const opened = await JournalFile.open(path).then(async file => { await file.close(); return true }, () => false)
      if (opened && !whole.equals(changed)) t.fail(`byte ${at} became ${byte}`)
    }
  }
  writeFileSync(path, whole.toString().replace(/\n$/, 'x'))
  await t.rejects(JournalFile.open(path), { name: 'JournalDamaged' })
})

test('a line that lost nothing but its newline to zeros is torn', async t => {
  const path = join(t.testdir(), 'file')
  await (await JournalFile.create(path, genesis, [header, note('a')])).close()
  const whole = readFileSync(path)
  writeFileSync(path, Buffer.concat([whole.subarray(0, -1), Buffer.alloc(100)]))
  const file = await JournalFile.open(path)
  t.ok(file.torn)
  await file.close()
})

for (const [what, change] of Object.entries<(text: string) => string>({
  'a byte in the middle is another': text => text.replace('"b"', '"x"'),
  'a byte of the last line is another': text => text.replace('"c"', '"x"'),
  'a line is gone': text => text.split(/(?<=\n)/).toSpliced(1, 1).join(''),
  'there is no line at all': () => '',
  'there is but a torn header': text => text.slice(0, 20),
  'the last line is torn and another changed': text => text.replace('"a"', '"x"').slice(0, -5),
  'the last line is torn and the one before it changed': text => text.replace('"b"', '"x"').slice(0, -5),
  'something other than a line was begun at its end': text => `${text}{"entry":9`,
  'it goes on behind zeros': text => `${text.slice(0, -30)}\0\0\0x`,
  'the last line is changed and a recovery record begun behind it': text => `${text.replace('"c"', '"x"')}{"entry":4,"prev`,
})) {
  test(`a file is not gone on with when ${what}`, async t => {
    const path = join(t.testdir(), 'file')
    await (await JournalFile.create(path, genesis, [header, note('a'), note('b'), note('c')])).close()
    const changed = change(readFileSync(path, 'utf8'))
    writeFileSync(path, changed)
    await t.rejects(JournalFile.open(path), { name: 'JournalDamaged', message: /^file, line \d: / })
    t.equal(readFileSync(path, 'utf8'), changed, 'it is left as it is')
  })
}

test('lines that could not be written leave no gap in the chain', async t => {
  const path = join(t.testdir(), 'file')
  const disk = new FaultyDisk()
  const file = await JournalFile.create(path, genesis, [header], disk.open)
  t.teardown(() => file.close())
  for (const fault of ['write', 'sync']) {
    if (fault === 'write') disk.room = 100
    else disk.syncFault = 'EIO'
    await t.rejects(file.append([note('lost'), note('lost too')], { durably: true }))
    disk.room = Infinity
    disk.syncFault = undefined
    await file.append([note(fault)], { durably: true })
    t.match(walkOf(path).faults, [])
  }
  t.notMatch(readFileSync(path, 'utf8'), /lost/)
  t.equal(walkOf(path).walk.lines, 3)
})
