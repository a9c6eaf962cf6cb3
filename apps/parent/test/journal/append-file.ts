import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { test } from 'tap'
import type { Test } from 'tap'

import { AppendFile } from '../../src/journal/append-file.ts'
import { FaultyDisk } from '../fixtures/faulty-disk.ts'

async function create (t: Test): Promise<{ disk: FaultyDisk, file: AppendFile, content: () => string }> {
  const path = join(t.testdir(), 'file')
  const disk = new FaultyDisk()
  const file = new AppendFile(await disk.open(path, 'wx+'), 0)
  t.teardown(() => file.close())
  return { disk, file, content: () => readFileSync(path, 'utf8') }
}

const bytes = (text: string): Buffer => Buffer.from(text)

test('what was appended is there, and counts as unsynced until a sync', async t => {
  const { disk, file, content } = await create(t)
  await file.append(bytes('one\n'))
  t.equal(file.unsyncedBytes, 4)
  t.equal(disk.syncs, 0)
  await file.sync()
  t.equal(file.unsyncedBytes, 0)
  await file.appendDurably(bytes('two\n'))
  t.equal(file.unsyncedBytes, 0)
  t.equal(disk.syncs, 2)
  t.equal(content(), 'one\ntwo\n')
})

test('an append for which there is no room fails, and leaves nothing of itself', async t => {
  const { disk, file, content } = await create(t)
  await file.append(bytes('one\n'))
  disk.room = 2
  await t.rejects(file.append(bytes('two\n')), { code: 'ENOSPC' })
  t.equal(disk.room, 0, 'the control: a piece was written')
  t.equal(content(), 'one\n')
  t.equal(file.length, 4)
  disk.room = Infinity
  await file.append(bytes('3\n'))
  t.equal(content(), 'one\n3\n')
})

test('what a failed append has left and could not be cut off at once is gone before the next one', async t => {
  const { disk, file, content } = await create(t)
  await file.append(bytes('one\n'))
  disk.room = 2
  disk.truncateFault = 'EIO'
  await t.rejects(file.append(bytes('two\n')), { code: 'ENOSPC' })
  t.equal(content(), 'one\ntw', 'the control')
  disk.room = Infinity
  await t.rejects(file.append(bytes('3\n')), { code: 'EIO' })
  disk.truncateFault = undefined
  await file.append(bytes('3\n'))
  t.equal(content(), 'one\n3\n')
})

test('an append whose sync fails is as if it had not been', async t => {
  const { disk, file, content } = await create(t)
  await file.appendDurably(bytes('one\n'))
  disk.syncFault = 'EIO'
  await t.rejects(file.appendDurably(bytes('two\n')), { code: 'EIO' })
  t.equal(file.length, 4)
  disk.syncFault = undefined
  await file.appendDurably(bytes('three\n'))
  t.equal(content(), 'one\nthree\n')
})

test('after a sync that failed what is not known to be on the disk is written once more', async t => {
  const { disk, file } = await create(t)
  await file.append(bytes('one\n'))
  await file.append(bytes('two\n'))
  disk.syncFault = 'EIO'
  await t.rejects(file.sync(), { code: 'EIO' })
  disk.syncFault = undefined
  disk.room = 12
  await file.append(bytes('six\n'))
  t.equal(disk.room, 0, 'eight bytes again and four new ones')
  t.equal(file.unsyncedBytes, 4)
})

test('a sync after one that failed is believed only when what the first should have written is written again', async t => {
  const { disk, file } = await create(t)
  await file.append(bytes('one\n'))
  disk.nextSyncFault = 'EIO'
  await t.rejects(file.sync(), { code: 'EIO' })
  t.equal(disk.lost, 4, 'the control')
  await file.sync()
  t.match([disk.lost, file.unsyncedBytes], [0, 0])
})

test('of syncs at once none is believed when the first of them fails', async t => {
  const { disk, file } = await create(t)
  await file.append(bytes('one\n'))
  disk.nextSyncFault = 'EIO'
  const syncs = await Promise.allSettled([file.sync(), file.sync(), file.appendDurably(bytes('two\n'))])
  t.match(syncs.map(({ status }) => status), ['rejected', 'rejected', 'rejected'])
  t.equal(file.unsyncedBytes, 4)
  await file.sync()
  t.match([disk.lost, file.unsyncedBytes, file.length], [0, 0, 4])
})

test('a sync that mends the file takes nothing of an append that is under way', async t => {
  const { disk, file, content } = await create(t)
  await file.append(bytes('one\n'))
  const { promise: hold, resolve: release } = Promise.withResolvers<undefined>()
  disk.hold = hold
  const append = file.appendDurably(bytes('two\n')).catch(() => undefined)
  await new Promise(setImmediate)
  disk.nextSyncFault = 'EIO'
  await t.rejects(file.sync(), { code: 'EIO' })
  const sync = file.sync()
  await new Promise(setImmediate)
  release(undefined)
  await Promise.all([append, sync])
  t.equal(content(), 'one\ntwo\n'.slice(0, file.length))
  t.equal(disk.lost, 0)
})

test('a disk that stays bad is tried again with every append', async t => {
  const { disk, file, content } = await create(t)
  disk.room = 1
  for (let attempt = 0; attempt < 3; attempt++) await t.rejects(file.append(bytes('one\n')), { code: 'ENOSPC' })
  disk.room = 4
  await file.append(bytes('two\n'))
  t.equal(content(), 'two\n')
})
