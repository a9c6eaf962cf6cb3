import { METHODS } from 'node:http'

import { test } from 'tap'

import type { Callers } from '../../src/callers/callers.ts'
import { createService } from '../fixtures/service.ts'

test('every other method of a route is 405 and says which there are, also one that would need a body', async t => {
  const { app } = await createService(t)
  for (const method of ['HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'QUERY'] as const) {
    const { statusCode, headers } = await app.inject({ method: method as 'PUT', url: '/sign' })
    t.match({ statusCode, headers }, { statusCode: 405, headers: { allow: 'POST' } }, method)
  }
})

test('every method that Node reads is 405 where there is a route and 404 where there is none', async t => {
  const { app } = await createService(t)
  for (const method of METHODS.filter(one => one !== 'CONNECT' && one !== 'GET' && one !== 'HEAD')) {
    const { statusCode, headers } = await app.inject({ method: method as 'PUT', url: '/keys/a' })
    t.match({ statusCode, headers }, { statusCode: 405, headers: { allow: 'GET, HEAD' } }, method)
  }
  t.equal((await app.inject({ method: 'PROPFIND' as 'PUT', url: '/nobody' })).statusCode, 404)
})

test('who is not known learns nothing of methods but those of the probes, which ask nobody', async t => {
  const callers: Callers = { authenticate: () => ({ refused: 'missing', credential: 'none' }) }
  const { app } = await createService(t, { callers })
  t.equal((await app.inject({ method: 'PUT', url: '/livez' })).statusCode, 405)
  t.equal((await app.inject({ method: 'PUT', url: '/sign' })).statusCode, 401)
})
