import { test } from 'tap'

import { RefusalBudget } from '../../src/audit/refusal-budget.ts'

const kind = { caller: 'billing', action: 'sign', code: 'NOT_PERMITTED' }

test('each kind of refusal has its own number of lines, and the rest is counted until it is told', async t => {
  const budget = new RefusalBudget(2)
  t.same([1, 2, 3, 4].map(() => budget.admit(kind)), [true, true, false, false])
  for (const other of [{ ...kind, caller: null }, { ...kind, action: null }, { ...kind, code: 'RATE_LIMITED' }]) t.ok(budget.admit(other))
  t.same(budget.drain(), [{ ...kind, count: 2 }])
  t.same(budget.drain(), [])
  t.ok(budget.admit(kind), 'then it begins anew')
})

test('more kinds than anybody has are told apart by their codes alone', async t => {
  const budget = new RefusalBudget(1)
  for (let index = 0; index < 20_000; index++) budget.admit({ ...kind, caller: String(index) })
  t.same(budget.drain(), [{ caller: null, action: null, code: kind.code, count: 9999 }])
})
