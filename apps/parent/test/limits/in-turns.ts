import { setImmediate } from 'node:timers/promises'

import { test } from 'tap'

import { inTurns } from '../../src/limits/in-turns.ts'

test('items are begun in their order, so many at a time, and answered in their order', async t => {
  const begun: number[] = []
  let under = 0
  let most = 0
  const results = await inTurns([5, 1, 4, 0, 3, 2], 2, async item => {
    begun.push(item)
    most = Math.max(most, ++under)
    for (let turn = 0; turn < item; turn++) await setImmediate()
    under--
    return item * 10
  })
  t.strictSame(results, [50, 10, 40, 0, 30, 20])
  t.strictSame(begun, [5, 1, 4, 0, 3, 2])
  t.equal(most, 2)
})

test('no items are no work', async t => {
  t.strictSame(await inTurns([], 25, async () => { throw new Error('begun') }), [])
})
