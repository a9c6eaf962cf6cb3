import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'

import { writeFileAtomically } from '../../src/state/atomic-file.ts'

test('a file is replaced whole, only its owner can read it, and nothing stays beside it', async (t) => {
  const directory = t.testdir({ 'state.json': 'old, and longer than the new content' })
  const path = join(directory, 'state.json')
  await writeFileAtomically(path, 'new')
  t.equal(readFileSync(path, 'utf8'), 'new')
  t.equal(statSync(path).mode & 0o777, 0o600)
  t.same(readdirSync(directory), ['state.json'])
})

test('the folder is made where it is missing, and the mode is the one asked for', async (t) => {
  const path = join(t.testdir(), 'folder', 'root.pem')
  await writeFileAtomically(path, Buffer.from('bytes'), 0o644)
  t.equal(statSync(path).mode & 0o777, 0o644)
  t.equal(statSync(join(path, '..')).mode & 0o777, 0o700)
})

test('many writers at once leave the whole content of one of them', async (t) => {
  const directory = t.testdir()
  const path = join(directory, 'state.json')
  const contents = Array.from({ length: 10 }, (_, index) => String(index).repeat(10_000))
  await Promise.all(contents.map(async (content) => { await writeFileAtomically(path, content) }))
  t.ok(contents.includes(readFileSync(path, 'utf8')))
  t.same(readdirSync(directory), ['state.json'])
})

test('where the new content cannot be put in place, what was there stays and nothing is left beside it', async (t) => {
  const directory = t.testdir({ 'state.json': { inside: 'old' } })
  await t.rejects(writeFileAtomically(join(directory, 'state.json'), 'new'), { code: 'EISDIR' })
  t.same(readdirSync(directory), ['state.json'])
  t.equal(readFileSync(join(directory, 'state.json', 'inside'), 'utf8'), 'old')
})
