import { spawnSync } from 'node:child_process'
import { test } from 'tap'

import { decodeCpio, encodeCpio } from '../../src/eif/cpio.ts'

const entries = [
  { path: 'rootfs', permissions: 0o755 },
  { path: 'rootfs/a', data: Buffer.from('one'), permissions: 0o644 },
  { path: 'rootfs/empty', data: Buffer.alloc(0), permissions: 0o600 },
  { path: 'cmd', data: Buffer.from('node\n'), permissions: 0o644 },
]

test('an archive gives back its entries', async (t) => {
  t.same(decodeCpio(encodeCpio(entries)), entries)
})

test('the same entries give the same bytes, a multiple of four long', async (t) => {
  const archive = encodeCpio(entries)
  t.same(encodeCpio(entries), archive)
  t.equal(archive.length % 4, 0)
})

test('names with their header, and data, are padded to four bytes and no further', async (t) => {
  const headerBytes = 110
  for (const [path, dataOffset] of [['a', headerBytes + 2], ['abc', headerBytes + 6]] as const) {
    const archive = encodeCpio([{ path, data: Buffer.from('1234') }])
    t.equal(archive.toString('latin1', dataOffset, dataOffset + 10), '1234070701', path)
  }
})

const hasCpio = spawnSync('cpio', ['--version']).status === 0
test('cpio itself lists the archive', hasCpio ? {} : { skip: 'cpio is not installed' }, async (t) => {
  const { stdout } = spawnSync('cpio', ['--list', '--quiet'], { input: encodeCpio(entries), encoding: 'utf8' })
  t.equal(stdout, 'rootfs\nrootfs/a\nrootfs/empty\ncmd\n')
})

test('bytes that are no archive, and an archive cut short, are refused', async (t) => {
  t.throws(() => decodeCpio(Buffer.alloc(200)), { code: 'CPIO_MALFORMED', message: /no cpio header at byte 0/ })
  const archive = encodeCpio(entries)
  for (let length = 0; length < archive.length - 4; length += 7) t.throws(() => decodeCpio(archive.subarray(0, length)), { code: 'CPIO_MALFORMED' })
})
