import { test } from 'tap'

import { table } from '../../../src/http/status-page/table.ts'

test('every cell carries its column\'s name, and is escaped', t => {
  const { text } = table(['at', 'reason'], [['now', '<b>'], [7, null]])
  t.match(text, '<thead><tr><th>at</th><th>reason</th></tr></thead>')
  t.match(text, '<tr><td data-column="at">now</td><td data-column="reason">&lt;b&gt;</td></tr>')
  t.match(text, '<tr><td data-column="at">7</td><td data-column="reason"></td></tr>')
  t.end()
})
