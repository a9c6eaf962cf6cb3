import { test } from 'tap'

import { RateHistory } from '../../../src/http/status-page/rate-history.ts'

test('rates are what was counted by the second', t => {
  const history = new RateHistory(10)
  t.same(history.rates(), [])
  history.add(1000, { signed: 10, refused: 0 })
  t.same(history.rates(), [])
  history.add(3000, { signed: 30, refused: 1 })
  history.add(3500, { signed: 31, refused: 1 })
  t.same(history.rates(), [{ signed: 10, refused: 0.5 }, { signed: 2, refused: 0 }])
  t.end()
})

test('only so many rates are kept, the latest', t => {
  const history = new RateHistory(2)
  for (let second = 0; second < 5; second++) history.add(second * 1000, { signed: second * second, refused: 0 })
  t.same(history.rates().map(({ signed }) => signed), [5, 7])
  t.end()
})

test('a sample that is not later than the last is left out', t => {
  const history = new RateHistory(2)
  history.add(1000, { signed: 0, refused: 0 })
  history.add(1000, { signed: 5, refused: 0 })
  history.add(2000, { signed: 8, refused: 0 })
  t.same(history.rates(), [{ signed: 8, refused: 0 }])
  t.end()
})
