import { test } from 'tap'

import { createService } from '../fixtures/service.ts'

test('every other method of a route is 405 and says which there are, also one that would need a body', async t => {
  const { app } = await createService(t)
  for (const method of ['HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'QUERY'] as const) {
    const { statusCode, headers } = await app.inject({ method: method as 'PUT', url: '/sign' })
    t.match({ statusCode, headers }, { statusCode: 405, headers: { allow: 'POST' } }, method)
  }
})
