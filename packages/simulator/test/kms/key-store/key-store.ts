import { readFileSync, rmSync, statSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'tap'
import { openKeyStore } from '../../../src/kms/key-store/key-store.ts'

const arnPrefix = 'arn:aws:kms:us-east-1:111122223333'
const options = { description: 'a key', policy: '{"a":1}', createdAt: 1_781_524_800_000 }

test('a key, its material and its policy are the same after the store is opened again', async t => {
  const directory = t.testdir()
  const store = await openKeyStore(directory, arnPrefix)
  const key = await store.create(options)
  await store.replacePolicy(key.keyId, '{"b":2}')

  const reopened = await openKeyStore(directory, arnPrefix)
  t.same(reopened.find(key.keyId), { ...key, policy: '{"b":2}' })
  t.equal(key.material.length, 32)
  t.match(key.arn, /^arn:aws:kms:us-east-1:111122223333:key\/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
})

test('the state file is for its owner alone', async t => {
  const directory = t.testdir()
  await (await openKeyStore(directory, arnPrefix)).create(options)
  t.equal(statSync(join(directory, 'state.json')).mode & 0o777, 0o600)
})

test('keys made at the same time all reach the disk before they are answered', async t => {
  const directory = t.testdir()
  const store = await openKeyStore(directory, arnPrefix)
  await Promise.all(Array.from({ length: 10 }, async () => {
    const { keyId } = await store.create(options)
    t.match(readFileSync(join(directory, 'state.json'), 'utf8'), keyId)
  }))
})

test('a write that fails fails its own call, changes nothing, and the next one succeeds', async t => {
  const directory = t.testdir()
  const store = await openKeyStore(directory, arnPrefix)
  const key = await store.create(options)
  const path = join(directory, 'state.json')
  rmSync(path)
  await mkdir(path)
  await t.rejects(store.replacePolicy(key.keyId, '{}'), { code: 'EISDIR' })
  t.equal(store.find(key.keyId)?.policy, options.policy)

  rmSync(path, { recursive: true })
  await store.replacePolicy(key.keyId, '{}')
  t.equal(store.find(key.keyId)?.policy, '{}')
})

test('the default key is made once, even when two ask for it at the same time, and kept', async t => {
  const directory = t.testdir()
  const store = await openKeyStore(directory, arnPrefix)
  const ask = async () => await store.defaultKey(() => store.create(options))
  const [first, second] = await Promise.all([ask(), ask()])
  t.equal(first.keyId, second.keyId)

  const reopened = await openKeyStore(directory, arnPrefix)
  t.equal((await reopened.defaultKey(() => Promise.reject(new Error('a second default key')))).keyId, first.keyId)
})
