import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'

import { vsockPath } from '../../src/vsock/vsock-path.ts'

test('one address is one path, however the directory is spelled; another host has others', async (t) => {
  const one = t.testdir({ one: {}, other: {} })
  symlinkSync(join(one, 'one'), join(one, 'link'))
  const path = vsockPath(join(one, 'one'), 16, 8888)
  t.match(path, /nitro-sim-[0-9a-f]{8}\/16-8888\.sock$/)
  t.equal(vsockPath(join(one, 'link'), 16, 8888), path)
  t.not(vsockPath(join(one, 'other'), 16, 8888), path)
})

test("the longest address fits into a socket's path", async (t) => {
  t.ok(Buffer.byteLength(vsockPath(t.testdir(), 0xffffffff, 0xffffffff)) <= 107)
})
