import { test } from 'tap'

import { clockCheck } from '../../../src/doctor/checks/clock.ts'
import { examineWith } from '../fixtures/examine.ts'
import { serve } from '../fixtures/serve.ts'

const theirs = Date.parse('2027-01-01T12:00:00Z')

for (const [offMs, expected] of [
  [0, { status: 'ok', facts: { offSeconds: 0 } }],
  [9_999, { status: 'ok' }],
  [10_000, { status: 'warning', summary: 'it is 10 s ahead of the ECS endpoint', facts: { offSeconds: 10 } }],
  [-299_999, { status: 'warning', summary: 'it is 299 s behind the ECS endpoint', facts: { offSeconds: -299 } }],
  [300_000, { status: 'failed', advice: /chrony/ }],
  [-300_000, { status: 'failed', facts: { offSeconds: -300 } }],
] as const) {
  test(`a clock ${offMs} ms off is ${expected.status}, whatever the endpoint's status`, async t => {
    const port = await serve(t, (_request, response) => { response.writeHead(403, { date: new Date(theirs).toUTCString() }).end('x'.repeat(100_000)) })
    for (const name of ['ECS_CONTAINER_METADATA_URI_V4', 'AWS_CONTAINER_CREDENTIALS_FULL_URI']) {
      t.match(await examineWith(clockCheck, { env: { [name]: `http://127.0.0.1:${port}/x` }, now: theirs + offMs }), expected, name)
    }
  })
}

test('without anything to compare it with the check warns', async t => {
  t.match(await examineWith(clockCheck), { status: 'warning', summary: /there is no ECS endpoint/ })
  const silent = await serve(t, (_request, response) => { response.sendDate = false; response.end() })
  t.match(await examineWith(clockCheck, { env: { ECS_CONTAINER_METADATA_URI_V4: `http://127.0.0.1:${silent}` } }), { status: 'warning', summary: /sends no date/ })
  t.match(await examineWith(clockCheck, { env: { ECS_CONTAINER_METADATA_URI_V4: 'http://127.0.0.1:9/x' } }), { status: 'warning', summary: /compare it with \S/ })
})
