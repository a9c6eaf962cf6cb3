import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

import { test } from 'tap'

import { createService, get } from '../fixtures/service.ts'

const problem = 'application/problem+json; charset=utf-8'
const json = { 'content-type': 'application/json' }

const faults: [string, { method: 'GET' | 'POST' | 'DELETE', url: string, payload?: string, headers?: Record<string, string> }, number, string][] = [
  ['an unknown route', { method: 'GET', url: '/nobody' }, 404, 'ROUTE_NOT_FOUND'],
  ['another method of a known route', { method: 'DELETE', url: '/sign' }, 405, 'METHOD_NOT_ALLOWED'],
  ['a URL that cannot be decoded', { method: 'GET', url: '/%zz' }, 400, 'MALFORMED_REQUEST'],
  ['JSON that is cut off', { method: 'POST', url: '/sign', payload: '{"keyId":', headers: json }, 400, 'MALFORMED_REQUEST'],
  ['no body and no content type', { method: 'POST', url: '/sign' }, 400, 'MALFORMED_REQUEST'],
  ['no body', { method: 'POST', url: '/sign', headers: json }, 400, 'MALFORMED_REQUEST'],
  ['a poisoned prototype', { method: 'POST', url: '/sign', payload: '{"keyId":"a","message":"aGVsbG8=","__proto__":{}}', headers: json }, 400, 'INVALID_REQUEST_FIELD'],
  ['a body that is no object', { method: 'POST', url: '/sign', payload: '[]', headers: json }, 400, 'INVALID_REQUEST_FIELD'],
  ['text', { method: 'POST', url: '/sign', payload: 'x', headers: { 'content-type': 'text/plain' } }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
  ['a body over 16 KiB', { method: 'POST', url: '/sign', payload: ' '.repeat(17_000), headers: json }, 413, 'BODY_TOO_LARGE'],
]

for (const [what, request, status, code] of faults) {
  test(`${what} is ${status} as problem+json with a code and the request id`, async t => {
    const { app } = await createService(t)
    const answer = await app.inject(request)
    t.equal(answer.statusCode, status)
    t.equal(answer.headers['content-type'], problem)
    t.match(answer.json(), { type: `urn:enclave-signer:problem:${code}`, status, code, title: /\w/, detail: /\w/, requestId: answer.headers['x-request-id'] })
  })
}

test('what is wrong is named by a JSON pointer: the empty one for the whole body, with escapes in names', async t => {
  const { app } = await createService(t)
  const refused = async (payload: string): Promise<unknown> => (await app.inject({ method: 'POST', url: '/sign', payload, headers: json })).json()
  const whole = await refused('[]') as { detail: string, errors: unknown }
  t.match(whole, { detail: /^The body is not valid: must be object\. / })
  t.same(whole.errors, [{ field: '', message: 'must be object' }])
  t.match(await refused('{"keyId":"a","message":7}'), { detail: /^The body's \/message is not valid: /, errors: [{ field: '/message' }] })
  t.match(await refused('{"keyId":"a","message":"aGk=","a/b~c":1}'), { errors: [{ field: '/a~1b~0c' }] })
})

test('405 says which methods there are', async t => {
  const { app } = await createService(t)
  t.equal((await app.inject({ method: 'PUT', url: '/keys' })).headers.allow, 'GET, HEAD, POST')
})

test('the caller\'s request id is kept where it is harmless, and made where it is not', async t => {
  const { app } = await createService(t)
  const idOf = async (given: string): Promise<unknown> => (await app.inject({ method: 'GET', url: '/livez', headers: { 'x-request-id': given } })).headers['x-request-id']
  t.equal(await idOf('trace-1.a:b'), 'trace-1.a:b')
  t.match(await idOf('a b'), /^[0-9a-f]{12}-[0-9a-z]+$/)
  t.match(await idOf('x'.repeat(129)), /^[0-9a-f]{12}-[0-9a-z]+$/)
})

test('bytes that are no HTTP are answered with problem+json too', async t => {
  const { app } = await createService(t)
  await app.listen({ port: 0, host: '127.0.0.1' })
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
  socket.write('HELLO\r\n\r\n')
  const answer = await text(socket)
  t.match(answer, /^HTTP\/1\.1 400 Bad Request\r\ncontent-type: application\/problem\+json\r\n/)
  t.match(answer, /"code":"MALFORMED_REQUEST"/)
})

test('/readyz follows the enclave, /livez the process', async t => {
  const service = await createService(t)
  t.match(await get(service.app, '/readyz'), { status: 200, body: { status: 'ok' } })
  service.status.state = 'backing-off'
  t.match(await get(service.app, '/readyz'), { status: 503, body: { code: 'ENCLAVE_NOT_READY', detail: /backing-off/ }, headers: { 'retry-after': '1' } })
  t.match(await get(service.app, '/livez'), { status: 200, body: { status: 'ok' } })
})

test('metrics are Prometheus text with every name under one prefix', async t => {
  const { app } = await createService(t)
  await get(app, '/keys')
  const { body, headers } = await app.inject({ method: 'GET', url: '/metrics' })
  t.match(headers['content-type'], /^text\/plain; version=0\.0\.4/)
  t.match(body, /enclave_signer_http_requests_total\{method="GET",route="\/keys",status="200"\} 1/)
  for (const line of body.split('\n').filter(one => one !== '' && !one.startsWith('#'))) t.match(line, /^enclave_signer_/)
})

test('a route\'s metrics carry its pattern, never a caller\'s path', async t => {
  const { app } = await createService(t)
  for (const url of ['/keys/a', '/keys/b', '/nobody/x']) await get(app, url)
  const { body } = await app.inject({ method: 'GET', url: '/metrics' })
  t.match(body, /route="\/keys\/:keyId",status="404"\} 2/)
  t.match(body, /route="unmatched",status="404"\} 1/)
  t.notMatch(body, /nobody/)
})

test('/docs is a page', async t => {
  const { app } = await createService(t)
  const { statusCode, body } = await app.inject({ method: 'GET', url: '/docs' })
  t.equal(statusCode, 200)
  t.match(body, /swagger-ui/)
})
