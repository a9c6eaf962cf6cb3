import { setImmediate } from 'node:timers/promises'

import { keySpecs } from '@enclave-signer/protocol'
import { test } from 'tap'

import { SlowKeys } from '../../src/limits/slow-keys.ts'

const requests = { stepAside: () => undefined, stepBack: () => undefined }
const bounds = { most: 10, narrow: 4, crowd: 8, calmMs: 60_000 }

interface Work {
  begun: string[]
  /** Ends the first of a name that is under way. */
  end: (name: string) => Promise<void>
  run: (keyId: string, name: string) => Promise<string>
  waitedMs: number[]
  refused: () => number
}

function setUp (): Work {
  const begun: string[] = []
  const waitedMs: number[] = []
  let refused = 0
  const ends = new Map<string, () => void>()
  const keys = new SlowKeys({ requests, bounds, onTurn: ms => { waitedMs.push(ms) }, onRefused: () => { refused++ } })
  return {
    begun,
    waitedMs,
    refused: () => refused,
    end: async name => {
      while (!ends.has(name)) await setImmediate()
      ends.get(name)?.()
      await setImmediate()
    },
    run: (keyId, name) => keys.run(keyId, 'RSA_4096', async () => {
      begun.push(name)
      await new Promise<void>(resolve => { ends.set(name, resolve) })
      return name
    }),
  }
}

test('four signatures of a slow key are with the enclave, the others wait in their order', async t => {
  const { run, begun, end, waitedMs } = setUp()
  const all = ['a', 'b', 'c', 'd', 'e', 'f'].map(name => run('k', name))
  await setImmediate()
  t.strictSame(begun, ['a', 'b', 'c', 'd'])
  await end('c')
  t.strictSame(begun.slice(4), ['e'])
  await end('a')
  t.strictSame(begun.slice(4), ['e', 'f'])
  for (const name of ['b', 'd', 'e', 'f']) await end(name)
  t.strictSame(await Promise.all(all), ['a', 'b', 'c', 'd', 'e', 'f'])
  t.strictSame(waitedMs.slice(0, 4), [0, 0, 0, 0])
  t.ok(waitedMs.slice(4).every(ms => ms > 0))
})

test('a slow key does not hold up another', async t => {
  const { run, begun, end } = setUp()
  const all = ['a', 'b', 'c', 'd', 'e'].map(name => run('k', name))
  all.push(run('l', 'other'))
  await setImmediate()
  t.strictSame(begun, ['a', 'b', 'c', 'd', 'other'])
  for (const name of ['a', 'b', 'c', 'd', 'e', 'other']) await end(name)
  await Promise.all(all)
})

test('too many signatures of a slow key are refused, and cost the others nothing', async t => {
  const { run, end, refused } = setUp()
  const names = Array.from({ length: 10 }, (_, index) => `${index}`)
  const all = names.map(name => run('k', name))
  await t.rejects(run('k', 'too many'), { name: 'RequestProblem', code: 'OVERLOADED', message: '10 signatures of k are under way' })
  t.equal(refused(), 1)
  const other = run('l', 'other')
  await end('other')
  t.equal(await other, 'other')
  for (const name of names) await end(name)
  await Promise.all(all)
})

test('a slow key without a place says so beforehand, once it has refused somebody', async t => {
  const keys = new SlowKeys({ requests, bounds, onTurn: () => undefined, onRefused: () => { refused++ } })
  let refused = 0
  const held = Promise.withResolvers<undefined>()
  const all = Array.from({ length: 10 }, () => keys.run('k', 'RSA_2048', () => held.promise))
  t.notOk(keys.refuses('k'), 'nobody has been refused')
  await t.rejects(keys.run('k', 'RSA_2048', () => held.promise), { code: 'OVERLOADED' })
  t.ok(keys.refuses('k'))
  t.notOk(keys.refuses('l'))
  t.equal(refused, 2)
  held.resolve(undefined)
  await Promise.all(all)
  t.notOk(keys.refuses('k'), 'there are places')
})

test('a signature of a slow key stands aside as long as it is under way, and of no other', async t => {
  let aside = 0
  const counted = { stepAside: () => { aside++ }, stepBack: () => { aside-- } }
  const keys = new SlowKeys({ requests: counted, bounds, onTurn: () => undefined, onRefused: () => undefined })
  const held = Promise.withResolvers<undefined>()
  const all = ['k', 'k', 'k', 'k', 'k', 'l'].map(keyId => keys.run(keyId, 'ECC_NIST_P384', () => held.promise))
  const fast = keys.run('m', 'ECC_NIST_P256', () => held.promise)
  t.equal(aside, 6)
  held.resolve(undefined)
  await Promise.all([...all, fast])
  t.equal(aside, 0)
})

test('work that fails passes its turn on', async t => {
  const keys = new SlowKeys({ requests, bounds, onTurn: () => undefined, onRefused: () => undefined })
  const failing = Array.from({ length: 9 }, async () => { await keys.run('k', 'RSA_2048', async () => { throw new Error('no') }) })
  for (const { status } of await Promise.allSettled(failing)) t.equal(status, 'rejected')
  t.equal(await keys.run('k', 'RSA_2048', async () => 'yes'), 'yes')
})

test('only P-384 and RSA are slow', async t => {
  const slow = keySpecs.filter(keySpec => {
    let turns = 0
    const keys = new SlowKeys({ requests, bounds: { ...bounds, most: 0 }, onTurn: () => undefined, onRefused: () => { turns++ } })
    keys.run('k', keySpec, async () => undefined).catch(() => undefined)
    return turns > 0
  })
  t.strictSame(slow, ['ECC_NIST_P384', 'RSA_2048', 'RSA_3072', 'RSA_4096'])
})
