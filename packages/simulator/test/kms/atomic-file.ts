import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { writeFileAtomically } from '../../src/kms/atomic-file.ts'

test('a file is replaced whole, only its owner can read it, and nothing stays beside it', async t => {
  const directory = t.testdir({ 'state.json': 'old' })
  const path = join(directory, 'state.json')
  writeFileSync(`${path}.tmp`, 'what a crash left behind, longer than the new contents', { mode: 0o644 })
  await writeFileAtomically(path, 'new')
  t.equal(readFileSync(path, 'utf8'), 'new')
  t.equal(statSync(path).mode & 0o777, 0o600)
  t.same(readdirSync(directory), ['state.json'])
})

test('where the new contents cannot be written the old ones stay', async t => {
  const path = join(t.testdir({ 'state.json': 'old', 'state.json.tmp': {} }), 'state.json')
  await t.rejects(writeFileAtomically(path, 'new'), { code: 'EISDIR' })
  t.equal(readFileSync(path, 'utf8'), 'old')
})
