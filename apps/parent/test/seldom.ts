import { test } from 'tap'

import { Seldom } from '../src/seldom.ts'

test('something is said at once, then no more often than the pause allows, and how often it was not said', async t => {
  let now = 5000
  const said: number[] = []
  const seldom = new Seldom(1000, () => now)
  for (now of [5000, 5001, 5999, 6000, 6001, 9000, 9001]) seldom.tell(untold => { said.push(untold) })
  t.strictSame(said, [0, 2, 1])
})
