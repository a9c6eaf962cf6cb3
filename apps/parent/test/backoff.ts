import { test } from 'tap'

import { backoffMs } from '../src/backoff.ts'

const bounds = { firstMs: 100, maxMs: 1000 }

test('delays double up to their ceiling and are spread over the upper half', async t => {
  const shortest = [1, 2, 3, 4, 5, 60].map(failures => backoffMs(failures, { ...bounds, random: () => 0 }))
  const longest = [1, 2, 3, 4, 5, 60].map(failures => backoffMs(failures, { ...bounds, random: () => 0.9999999 }))
  t.same(shortest, [50, 100, 200, 400, 500, 500])
  t.same(longest, [100, 200, 400, 800, 1000, 1000])
})

test('a delay stays finite after any number of failures', async t => {
  t.equal(backoffMs(1e9, { ...bounds, random: () => 0 }), 500)
})
