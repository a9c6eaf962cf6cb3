import { test } from 'tap'
import { dateHeaderOf, readDate } from '../../src/kms/kms-date.ts'

test('a Date header is a time in whole seconds, and anything else is none', async t => {
  t.same(readDate('Fri, 02 Jan 2026 03:04:05 GMT', 1, 2), { theirMs: Date.UTC(2026, 0, 2, 3, 4, 5), stepMs: 1000, askedMs: 1, answeredMs: 2 })
  for (const date of [undefined, '', 'yesterday']) t.equal(readDate(date, 1, 2), undefined)
})

test('an answer without headers has no date', async t => {
  t.equal(dateHeaderOf({ headers: { date: 'd' } }), 'd')
  t.equal(dateHeaderOf({ headers: {} }), undefined)
  t.equal(dateHeaderOf({}), undefined)
})
