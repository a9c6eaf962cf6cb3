import { test } from 'tap'

import { ratesChart } from '../../../src/http/status-page/rates-chart.ts'

test('there is no chart of less than two rates', t => {
  t.equal(ratesChart([{ signed: 1, refused: 0 }], 2), null)
  t.end()
})

test('the highest rate touches the top, none the bottom', t => {
  const chart = ratesChart([{ signed: 0, refused: 0 }, { signed: 50, refused: 25 }, { signed: 100, refused: 0 }], 2)?.text ?? ''
  t.match(chart, 'class="good" points="0.0,59.0 300.0,30.0 600.0,1.0"')
  t.match(chart, 'class="bad" points="0.0,59.0 300.0,44.5 600.0,59.0"')
  t.end()
})

test('the chart says which line is which, over how long it is and how high', t => {
  const chart = ratesChart(Array.from({ length: 150 }, () => ({ signed: 12, refused: 1 })), 2)?.text ?? ''
  t.match(chart, '<span class="good">signatures</span><span class="bad dashed">refused</span>')
  t.match(chart, 'the last 5 min, up to 12.0 each second')
  t.end()
})
