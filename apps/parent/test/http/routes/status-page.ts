import { test } from 'tap'

import { createService } from '../../fixtures/service.ts'

test('GET /enclave is a page that refreshes itself and may load nothing', async t => {
  const { app } = await createService(t)
  const { statusCode, headers, body } = await app.inject({ method: 'GET', url: '/enclave' })
  t.equal(statusCode, 200)
  t.equal(headers['content-type'], 'text/html; charset=utf-8')
  t.equal(headers.refresh, '2')
  t.equal(headers['cache-control'], 'no-store')
  t.match(headers['content-security-policy'], /^default-src 'none'; style-src 'sha256-[\w+/]{43}='; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/)
  t.match(body, '<title>ready – enclave-signer</title>')
})
