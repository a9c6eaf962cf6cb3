import { test } from 'tap'

import { FailureHistory } from '../../src/supervisor/failure-history.ts'

test('the latest ten failures are kept, newest first; the same one in a row is counted', async t => {
  const history = new FailureHistory()
  const failure = { state: 'launching', code: 'E36', reason: 'boot' } as const
  history.record(failure, 1000)
  history.record(failure, 2000)
  t.same(history.failures, [{ at: '1970-01-01T00:00:02.000Z', ...failure, count: 2 }])
  history.record({ ...failure, reason: 'other' }, 3000)
  history.record(failure, 4000)
  t.same(history.failures.map(({ reason, count }) => [reason, count]), [['boot', 1], ['other', 1], ['boot', 2]])
  for (let index = 0; index < 20; index++) history.record({ ...failure, reason: String(index) }, index)
  t.same(history.failures.map(({ reason }) => reason), ['19', '18', '17', '16', '15', '14', '13', '12', '11', '10'])
})
