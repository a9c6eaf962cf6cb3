import { test } from 'tap'

import { createGrowth } from '../../src/metrics/growth.ts'

test('a count that begins anew after a restart goes on growing', t => {
  const growth = createGrowth()
  t.same([3, 3, 5, 2, 2, 4].map(count => growth('a', count)), [3, 0, 2, 2, 0, 2])
  t.equal(growth('b', 7), 7, 'each name has its own')
  t.end()
})
