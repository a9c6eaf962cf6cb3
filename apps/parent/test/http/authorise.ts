import fastify from 'fastify'
import type { HTTPMethods } from 'fastify'
import { test } from 'tap'
import type { Test } from 'tap'

import { actions, loopbackCaller } from '../../src/callers/caller.ts'
import type { CallerTable } from '../../src/callers/caller-table.ts'
import { callersIn } from '../../src/callers/callers.ts'
import { authoriseRequests } from '../../src/http/authorise.ts'
import type { HttpServer } from '../../src/http/http-server.ts'
import { accessOf } from '../../src/http/route-access.ts'
import { as, callerWithToken, tableOf } from '../fixtures/callers.ts'
import { createService } from '../fixtures/service.ts'
import type { Service } from '../fixtures/service.ts'

async function serve (t: Test, table: CallerTable): Promise<Service> {
  const service = await createService(t, { callers: callersIn(() => table) })
  for (const keyId of ['treasury-1', 'other-1']) {
    const { sealedKey } = await service.enclave.request('generateKey', { keyId, keySpec: 'ECC_NIST_P256' })
    await service.keys.create(sealedKey.record as Parameters<typeof service.keys.create>[0], sealedKey)
  }
  return service
}

interface Route {
  method: HTTPMethods
  url: string
}

/** Every route of an API, as its router lists them. */
function routesOf (app: HttpServer): Route[] {
  const routes: Route[] = []
  let path: string[] = []
  for (const line of app.printRoutes({ commonPrefix: false }).split('\n')) {
    const [, indent = '', name = '', methods = ''] = /^([│├└─ ]*)(\S*)(?: \(([A-Z, -]+)\))?$/u.exec(line) ?? []
    path = [...path.slice(0, indent.length / 4 - 1), name]
    const url = path.join('')
    for (const method of methods.split(', ') as HTTPMethods[]) {
      if (app.hasRoute({ method, url })) routes.push({ method, url })
    }
  }
  return routes
}

/** The answer to a caller without any permission. */
async function askIdly (app: HttpServer, { method, url }: Route): Promise<number> {
  return (await app.inject({ method: method as 'GET', url: url.replace(':keyId', 'a').replace('*', 'x'), headers: as('idle') })).statusCode
}

test('every route but the probes is closed to a caller without permissions: 403, or 405 for another method', async t => {
  const table = tableOf(callerWithToken('idle', []))
  const { app } = await createService(t, { callers: callersIn(() => table) })
  const routes = routesOf(app)
  const written = routes.map(({ method, url }) => `${method} ${url}`)
  for (const known of ['POST /sign', 'POST /sign/batch', 'GET /keys/:keyId/attestation', 'GET /docs/json', 'GET /metrics']) t.ok(written.includes(known), known)
  for (const route of routes) {
    const access = accessOf(route.method, route.url)
    const status = await askIdly(app, route)
    const expected = access === 'everybody' ? [200] : access === 'nobody' ? [405] : route.method === 'HEAD' ? [403, 405] : [403]
    t.ok(expected.includes(status), `${route.method} ${route.url} is ${access} and answered ${status}; a new route belongs into route-access.ts`)
  }
  t.equal(await askIdly(app, { method: 'GET', url: '/docs/static/*' }), 403)
})

test('a route that the table does not know is denied, to whoever may do everything too', async t => {
  const app = fastify()
  t.teardown(() => app.close())
  app.decorateRequest('caller')
  app.addHook('onRequest', (request, _reply, done) => {
    request.caller = loopbackCaller
    done()
  })
  app.get('/before', (_request, reply) => reply.send('it'))
  authoriseRequests(app)
  for (const url of ['/enclave/secrets', '/enclave/status']) app.get(url, (_request, reply) => reply.send('it'))
  app.setErrorHandler((error: { code: string }, _request, reply) => { reply.code(403).send(error.code) })
  t.match(await app.inject({ method: 'GET', url: '/enclave/secrets' }), { statusCode: 403, body: 'NOT_PERMITTED' })
  t.match(await app.inject({ method: 'GET', url: '/before' }), { statusCode: 403, body: 'NOT_PERMITTED' }, 'and one that was there before the table was asked')
  t.match(await app.inject({ method: 'GET', url: '/enclave/status' }), { statusCode: 200, body: 'it' })
})

test('the table knows routes by method and whole pattern', async t => {
  for (const [method, url, access] of [
    ['POST', '/sign', 'sign'], ['GET', '/sign', 'nobody'], ['HEAD', '/keys', 'keys:read'], ['PUT', '/keys', 'nobody'], ['GET', '/keys/a', 'nobody'],
    ['GET', '/docs', 'enclave:read'], ['GET', '/docs/json', 'enclave:read'], ['POST', '/docs', 'nobody'], ['GET', '/docsx', 'nobody'], ['GET', '/livez', 'everybody'],
  ] as const) t.equal(accessOf(method, url), access, `${method} ${url}`)
})

test('each action opens its routes and no other', async t => {
  const every = [
    ['sign', 'POST', '/sign', { keyId: 'treasury-1', message: 'AA==' }], ['sign', 'POST', '/sign/batch', { items: [{ keyId: 'treasury-1', message: 'AA==' }] }],
    ['keys:create', 'POST', '/keys', { keyId: 'treasury-2', keySpec: 'ECC_NIST_P256' }],
    ['keys:import', 'POST', '/keys/import', { keyId: 'treasury-3', keySpec: 'ECC_NIST_P256', ciphertextBlob: 'AA==' }],
    ['keys:read', 'GET', '/keys'], ['keys:read', 'GET', '/keys/treasury-1'], ['keys:read', 'HEAD', '/keys/treasury-1'],
    ['enclave:read', 'GET', '/enclave'], ['enclave:read', 'GET', '/enclave/status'], ['enclave:read', 'GET', '/openapi.json'], ['enclave:read', 'GET', '/docs'],
    ['metrics:read', 'GET', '/metrics'],
  ] as const
  const ofKeys = (action: string): object => action === 'sign' || action.startsWith('keys:') ? { keys: ['treasury-*'] } : {}
  const nameOf = (action: string): string => action.replace(':', '-')
  const callers = actions.map(action => callerWithToken(nameOf(action), [{ actions: [action], ...ofKeys(action) }]))
  const { app } = await serve(t, tableOf(...callers))
  for (const action of actions) {
    for (const [wanted, method, url, payload] of every) {
      const { statusCode } = await app.inject({ method, url, headers: as(nameOf(action)), ...payload !== undefined && { payload } })
      t.equal(statusCode === 403, action !== wanted, `${action} ${method} ${url}: ${statusCode}`)
    }
  }
})

test('who may not use a key does not learn whether it is there', async t => {
  const { app } = await serve(t, tableOf(callerWithToken('x', [{ actions: ['sign', 'keys:create', 'keys:import', 'keys:read'], keys: ['treasury-*'] }])))
  const ask = async (method: 'GET' | 'POST', url: string, payload?: object): Promise<object> => {
    const { requestId: _, ...body } = (await app.inject({ method, url, headers: as('x'), ...payload !== undefined && { payload } })).json<{ requestId: string }>()
    return body
  }
  for (const keyId of ['other-1', 'other-2']) {
    const asked = [
      await ask('GET', `/keys/${keyId}`), await ask('GET', `/keys/${keyId}/attestation`), await ask('POST', '/sign', { keyId, message: 'AA==' }),
      await ask('POST', '/keys', { keyId, keySpec: 'ECC_NIST_P256' }), await ask('POST', '/keys/import', { keyId, keySpec: 'ECC_NIST_P256', ciphertextBlob: 'AA==' }),
    ]
    t.same(asked, ['keys:read', 'keys:read', 'sign', 'keys:create', 'keys:import'].map(action => ({
      type: 'urn:enclave-signer:problem:NOT_PERMITTED',
      title: 'The caller may not do this',
      status: 403,
      code: 'NOT_PERMITTED',
      detail: `The caller x may not ${action} ${keyId}${action === 'sign' ? ', RAW' : ''}. Whoever runs the service can permit it in the callers file.`,
    })))
  }
  t.match(await ask('GET', '/keys/treasury-9'), { status: 404, code: 'KEY_NOT_FOUND' })
  t.match(await ask('POST', '/sign', { keyId: 'treasury-9', message: 'AA==' }), { status: 404, code: 'KEY_NOT_FOUND' })
  t.match(await ask('POST', '/keys', { keyId: 'treasury-1', keySpec: 'ECC_NIST_P256' }), { status: 409, code: 'KEY_EXISTS' })
})

test('the list of keys has those that the caller may read', async t => {
  const { app } = await serve(t, tableOf(callerWithToken('x', [{ actions: ['keys:read'], keys: ['treasury-*'] }]), callerWithToken('y', [{ actions: ['keys:read'], keys: ['none'] }])))
  const list = async (name: string): Promise<unknown> => (await app.inject({ method: 'GET', url: '/keys', headers: as(name) })).json<{ keys: { keyId: string }[] }>().keys.map(({ keyId }) => keyId)
  t.same(await list('x'), ['treasury-1'])
  t.same(await list('y'), [])
})

test('an unreadable file is listed to whoever may read the key of its name', async t => {
  const service = await serve(t, tableOf(callerWithToken('x', [{ actions: ['keys:read'], keys: ['treasury-*'] }])))
  service.keys.unreadable = () => ['treasury-8.json', 'other-8.json'].map(file => ({ file, reason: 'it is broken' }))
  const { unreadable } = (await service.app.inject({ method: 'GET', url: '/keys', headers: as('x') })).json<{ unreadable: object[] }>()
  t.same(unreadable, [{ file: 'treasury-8.json', reason: 'it is broken' }])
})

test('signing is permitted by algorithm and message type, the algorithm that the key implies too, and item by item in a batch', async t => {
  const { app } = await serve(t, tableOf(
    callerWithToken('digests', [{ actions: ['sign'], keys: ['*'], messageTypes: ['DIGEST'] }]),
    callerWithToken('rsa', [{ actions: ['sign'], keys: ['*'], signingAlgorithms: ['RSASSA_PSS_SHA_256'] }]),
    callerWithToken('ecdsa', [{ actions: ['sign'], keys: ['treasury-*'], signingAlgorithms: ['ECDSA_SHA_256'] }])
  ))
  const digest = Buffer.alloc(32).toString('base64')
  const sign = async (name: string, payload: object): Promise<number> => (await app.inject({ method: 'POST', url: '/sign', headers: as(name), payload })).statusCode
  t.equal(await sign('digests', { keyId: 'treasury-1', message: digest, messageType: 'DIGEST' }), 200)
  t.equal(await sign('digests', { keyId: 'treasury-1', message: digest }), 403, 'RAW is what is meant where nothing is said')
  t.equal(await sign('rsa', { keyId: 'treasury-1', message: digest }), 403, 'the key\'s own algorithm is another')
  t.equal(await sign('rsa', { keyId: 'treasury-1', message: digest, signingAlgorithm: 'ECDSA_SHA_256' }), 403)
  t.equal(await sign('ecdsa', { keyId: 'treasury-1', message: digest }), 200)
  const items = ['treasury-1', 'other-1', 'treasury-9'].map(keyId => ({ keyId, message: digest }))
  const { results } = (await app.inject({ method: 'POST', url: '/sign/batch', headers: as('ecdsa'), payload: { items } })).json<{ results: { status: number }[] }>()
  t.same(results.map(({ status }) => status), [200, 403, 404])
})
