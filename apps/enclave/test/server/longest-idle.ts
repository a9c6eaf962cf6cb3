import { test } from 'tap'
import { longestIdle } from '../../src/server/longest-idle.ts'
import type { Activity } from '../../src/server/longest-idle.ts'

test('of all connections the one that was silent longest goes', async t => {
  const connections = [3, 1, 2].map(lastActiveMs => ({ inFlight: 0, lastActiveMs }))
  t.equal(longestIdle(connections), connections[1])
})

test('a connection with work stays while one without can go', async t => {
  const [busy, idle] = [{ inFlight: 1, lastActiveMs: 0 }, { inFlight: 0, lastActiveMs: 9 }]
  t.equal(longestIdle([busy, idle]), idle)
  t.equal(longestIdle([idle, busy]), idle)
  t.equal(longestIdle([busy]), busy)
})

test('of no connections none goes', async t => {
  t.notOk(longestIdle<Activity>([]))
})
