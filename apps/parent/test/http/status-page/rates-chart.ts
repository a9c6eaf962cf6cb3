import { test } from 'tap'

import { ratesChart } from '../../../src/http/status-page/rates-chart.ts'

test('there is no chart of less than two rates', t => {
  t.equal(ratesChart([{ signed: 1, refused: 0 }]), null)
  t.end()
})

test('the highest rate touches the top, none the bottom', t => {
  const chart = ratesChart([{ signed: 0, refused: 0 }, { signed: 50, refused: 25 }, { signed: 100, refused: 0 }])?.text ?? ''
  t.match(chart, 'class="good" points="0.0,59.0 300.0,30.0 600.0,1.0"')
  t.match(chart, 'class="bad" points="0.0,59.0 300.0,44.5 600.0,59.0"')
  t.end()
})
