import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { readState } from '../../../src/kms/key-store/state.ts'

const key = { keyId: 'k', description: '', createdAt: 1, policy: '{}', material: Buffer.alloc(32).toString('base64') }

test('without a state file there is no state', async t => {
  t.equal(await readState(join(t.testdir(), 'state.json')), undefined)
})

test('a damaged state file is refused, not taken for an empty one', async t => {
  const path = join(t.testdir(), 'state.json')
  const damaged = [
    '', '{', 'null', '[]', '{}', '{"version":2,"keys":[]}', '{"version":1,"keys":{}}', '{"version":1,"keys":[null]}',
    JSON.stringify({ version: 1, keys: [{ ...key, material: 'AAAA' }] }), JSON.stringify({ version: 1, keys: [{ ...key, policy: 1 }] }),
    JSON.stringify({ version: 1, keys: [key], defaultKeyId: 1 }),
  ]
  for (const text of damaged) {
    writeFileSync(path, text)
    await t.rejects(readState(path), { message: `the simulated KMS's state file is damaged: ${path}` }, text)
  }
})

test('a state file that cannot be read is an error', async t => {
  await t.rejects(readState(t.testdir()), { code: 'EISDIR' })
})

test('a whole state file is its state', async t => {
  const path = join(t.testdir(), 'state.json')
  const state = { version: 1, defaultKeyId: 'k', keys: [key] }
  writeFileSync(path, JSON.stringify(state))
  t.same(await readState(path), state)
})
