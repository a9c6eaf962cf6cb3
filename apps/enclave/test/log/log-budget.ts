import { test } from 'tap'
import { LogBudget } from '../../src/log/log-budget.ts'

test('each event has its own room, and gets it anew when the span is over', async t => {
  let nowMs = 5
  const budget = new LogBudget({ lines: 2, spanMs: 10, clock: () => nowMs })
  t.same([1, 2, 3, 4].map(() => budget.take('connection.opened')), [true, true, false, false])
  t.equal(budget.take('key.loaded'), true)
  nowMs = 14
  t.same(budget.renew(), [], 'the span goes on')
  t.equal(budget.take('connection.opened'), false)
  nowMs = 15
  t.same(budget.renew(), [{ event: 'connection.opened', count: 3 }])
  t.same(budget.renew(), [], 'told once')
  t.equal(budget.take('connection.opened'), true)
})
