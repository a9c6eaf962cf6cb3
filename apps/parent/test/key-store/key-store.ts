import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import type { KeyRecord, SealedKey } from '@enclave-signer/protocol'
import { test } from 'tap'
import type { Test } from 'tap'

import { KeyStore } from '../../src/key-store/key-store.ts'
import { createLogger } from '../../src/logger.ts'

const silent = createLogger('silent')

function keyOf (keyId: string, publicKey = 'AAAA'): { record: KeyRecord, sealedKey: SealedKey } {
  const record = { keyId, keySpec: 'ECC_NIST_P256' as const, origin: 'EXTERNAL' as const, publicKey, createdAt: '2026-01-15T10:20:30.123Z' }
  return { record, sealedKey: { record, seal: { ciphertextBlob: 'Y2lwaGVy' } } }
}

async function storeWith (t: Test, ...keyIds: string[]): Promise<{ store: KeyStore, directory: string }> {
  const directory = join(t.testdir(), 'keys')
  const store = await KeyStore.open(directory, silent)
  for (const keyId of keyIds) await store.create(keyOf(keyId).record, keyOf(keyId).sealedKey)
  return { store, directory }
}

test('a stored key is there after a restart, readable by its owner only', async t => {
  const { directory } = await storeWith(t, 'a', 'B.c-d_1')
  const again = await KeyStore.open(directory, silent)
  t.same(again.records().map(({ keyId }) => keyId), ['B.c-d_1', 'a'])
  t.same(again.sealedKey('a'), keyOf('a').sealedKey)
  t.equal(statSync(join(directory, 'a.json')).mode & 0o777, 0o600)
  t.equal(statSync(directory).mode & 0o777, 0o700)
  t.same(readdirSync(directory).sort(), ['B.c-d_1.json', 'a.json'], 'nothing else is left behind')
})

test('an unknown key is KEY_NOT_FOUND, also under the names of what every object has', async t => {
  const { store } = await storeWith(t)
  for (const keyId of ['x', 'constructor', 'toString']) {
    t.throws(() => store.record(keyId), { code: 'KEY_NOT_FOUND', facts: { keyId } })
    t.throws(() => store.sealedKey(keyId), { code: 'KEY_NOT_FOUND' })
  }
})

test('of two creators of one key exactly one wins, and its file is whole', async t => {
  const directory = join(t.testdir(), 'keys')
  const stores = await Promise.all(Array.from({ length: 8 }, () => KeyStore.open(directory, silent)))
  const outcomes = await Promise.allSettled(stores.map((store, index) => {
    const { record, sealedKey } = keyOf('a', Buffer.alloc(3, index).toString('base64'))
    return store.create(record, sealedKey)
  }))
  t.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1)
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') t.match(outcome.reason, { code: 'KEY_EXISTS', facts: { keyId: 'a' } })
  }
  const winner = outcomes.findIndex(({ status }) => status === 'fulfilled')
  t.equal((JSON.parse(readFileSync(join(directory, 'a.json'), 'utf8')) as SealedKey).record.publicKey, Buffer.alloc(3, winner).toString('base64'))
})

test('the loser of that race does not sign with what its enclave made', async t => {
  const { store, directory } = await storeWith(t)
  writeFileSync(join(directory, 'a.json'), JSON.stringify(keyOf('a').sealedKey))
  await t.rejects(store.create(keyOf('a', 'BBBB').record, keyOf('a', 'BBBB').sealedKey), { code: 'KEY_EXISTS' })
  t.throws(() => store.keySpec('a'), { code: 'KEY_UNREADABLE', facts: { keyId: 'a' } })
})

test('a key id is kept while its key is made', async t => {
  const { store } = await storeWith(t, 'a')
  store.reserve('b')
  for (const keyId of ['a', 'b']) t.throws(() => { store.reserve(keyId) }, { code: 'KEY_EXISTS', facts: { keyId } })
  store.release('b')
  t.doesNotThrow(() => { store.reserve('b') })
})

test('a creator that was killed leaves no key, and its remains are cleared away', async t => {
  const { directory } = await storeWith(t, 'a')
  writeFileSync(join(directory, '.partial-0011223344556677'), '{"record":{"keyId":"b"')
  const store = await KeyStore.open(directory, silent)
  t.same(store.records().map(({ keyId }) => keyId), ['a'])
  t.same(store.unreadable(), [])
  t.same(readdirSync(directory), ['a.json'])
})

const unreadable: [string, (path: string) => void, RegExp][] = [
  ['is empty', path => { writeFileSync(path, '') }, /it is not JSON/],
  ['is cut off', path => { writeFileSync(path, JSON.stringify(keyOf('bad').sealedKey).slice(0, 50)) }, /it is not JSON/],
  ['is no sealed key', path => { writeFileSync(path, '{"record":{}}') }, /sealedKey/],
  ['has no public key', path => { writeFileSync(path, JSON.stringify({ ...keyOf('bad').sealedKey, record: { ...keyOf('bad').record, publicKey: undefined } })) }, /no public key/],
  ['is a folder', path => { mkdirSync(path) }, /EISDIR/],
  ['is a link to nowhere', path => { symlinkSync('/nowhere', path) }, /ENOENT/],
  ['is far too large', path => { writeFileSync(path, ' '.repeat(100_000)) }, /it has 100000 characters/],
]

for (const [what, spoil, reason] of unreadable) {
  test(`a key file that ${what} is listed as unreadable and takes no other down`, async t => {
    const { directory } = await storeWith(t, 'a', 'z')
    spoil(join(directory, 'bad.json'))
    const store = await KeyStore.open(directory, silent)
    t.same(store.records().map(({ keyId }) => keyId), ['a', 'z'])
    t.equal(store.unreadable().length, 1)
    t.match(store.unreadable()[0], { file: 'bad.json', reason })
    t.throws(() => store.record('bad'), { code: 'KEY_UNREADABLE', facts: { keyId: 'bad' } })
    t.throws(() => store.sealedKey('bad'), { code: 'KEY_UNREADABLE' })
    t.throws(() => { store.reserve('bad') }, { code: 'KEY_EXISTS' })
  })
}

test('a key file without permission to read it takes no other down', { skip: process.getuid?.() === 0 ? 'root reads everything' : false }, async t => {
  const { directory } = await storeWith(t, 'a', 'b')
  chmodSync(join(directory, 'b.json'), 0)
  const store = await KeyStore.open(directory, silent)
  t.same(store.records().map(({ keyId }) => keyId), ['a'])
  t.match(store.unreadable()[0], { file: 'b.json', reason: /EACCES/ })
})

test('files that are no keys are listed and left alone', async t => {
  const { directory } = await storeWith(t, 'a')
  for (const file of ['README', '-x.json', 'a.json.bak']) writeFileSync(join(directory, file), 'x')
  const store = await KeyStore.open(directory, silent)
  t.same(store.unreadable().map(({ file }) => file), ['-x.json', 'README', 'a.json.bak'])
  t.equal(readdirSync(directory).length, 4)
})

test('swapped files are shown as neither key, and each is given to the enclave under the file\'s name', async t => {
  const { directory } = await storeWith(t, 'a', 'b')
  renameSync(join(directory, 'a.json'), join(directory, 'x'))
  renameSync(join(directory, 'b.json'), join(directory, 'a.json'))
  renameSync(join(directory, 'x'), join(directory, 'b.json'))
  const store = await KeyStore.open(directory, silent)
  t.same(store.records(), [])
  t.match(store.unreadable(), [{ file: 'a.json', reason: 'its record is that of the key b' }, { file: 'b.json', reason: 'its record is that of the key a' }])
  for (const keyId of ['a', 'b']) {
    t.throws(() => store.record(keyId), { code: 'KEY_UNREADABLE' })
    t.equal(store.sealedKey(keyId).record.keyId, keyId)
  }
})
