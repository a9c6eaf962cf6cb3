import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

import { test } from 'tap'

import { callersIn } from '../../src/callers/callers.ts'
import type { RefusalReason, Verdict } from '../../src/callers/verdict.ts'
import { as, callerWithToken, tableOf } from '../fixtures/callers.ts'
import { createService } from '../fixtures/service.ts'

const everything = callerWithToken('everything', [
  { actions: ['sign', 'keys:create', 'keys:import', 'keys:read'], keys: ['*'] }, { actions: ['enclave:read', 'enclave:restart', 'metrics:read'] },
])
const table = tableOf(everything)
const callers = callersIn(() => table)

test('whoever shows no credentials is 401 with the scheme to use, and learns not even which routes there are', async t => {
  const { app } = await createService(t, { callers })
  for (const [method, url] of [['POST', '/sign'], ['GET', '/keys'], ['GET', '/keys/a'], ['GET', '/nobody'], ['DELETE', '/sign'], ['GET', '/docs'], ['GET', '/metrics']] as const) {
    const answer = await app.inject({ method, url })
    t.equal(answer.statusCode, 401, url)
    t.match(answer.json(), { code: 'CALLER_UNKNOWN', requestId: /./ })
    t.equal(answer.headers['www-authenticate'], 'Bearer realm="enclave-signer"')
  }
})

test('a bad token is told to be one, and nothing else about it', async t => {
  const { app } = await createService(t, { callers })
  const answer = await app.inject({ method: 'GET', url: '/keys', headers: as('wrong') })
  t.equal(answer.statusCode, 401)
  t.equal(answer.headers['www-authenticate'], 'Bearer realm="enclave-signer", error="invalid_token"')
  t.equal(answer.json<{ detail: string }>().detail, 'Send the bearer token or use the client certificate of a caller; the log and the metrics of the service know more.')
})

test('a known caller gets through, to 404 and 405 as well', async t => {
  const { app } = await createService(t, { callers })
  for (const [method, url, status] of [['GET', '/keys', 200], ['GET', '/nobody', 404], ['DELETE', '/sign', 405]] as const) {
    t.equal((await app.inject({ method, url, headers: as('everything') })).statusCode, status, url)
  }
})

test('probes need no credentials, and bad ones do not keep them from answering', async t => {
  const { app } = await createService(t, { callers })
  for (const url of ['/livez', '/readyz']) {
    t.equal((await app.inject({ method: 'GET', url })).statusCode, 200)
    t.equal((await app.inject({ method: 'GET', url, headers: as('wrong') })).statusCode, 200)
  }
})

test('whoever is not known is turned away before the body is there', async t => {
  const { app } = await createService(t, { callers })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
  socket.write('POST /sign HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{')
  const head = await new Promise<string>(resolve => { socket.once('data', data => { resolve(String(data)) }) })
  t.match(head, /^HTTP\/1\.1 401 /)
  socket.end()
  await text(socket)
})

test('what is refused is logged with its reason and counted, the credentials are not', async t => {
  const { app, logLines, metrics } = await createService(t, { callers })
  await app.inject({ method: 'GET', url: '/keys', headers: { ...as('hush-hush'), 'x-request-id': 'r1' } })
  t.match(logLines.find(line => line.includes('caller not known')), /"level":"warn".*"refused":"unknown","credential":"token","requestId":"r1","remoteAddress":"127\.0\.0\.1","untold":0/)
  t.notMatch(logLines.join(), /hush/)
  t.match(await metrics.registry.metrics(), /enclave_signer_callers_refused_total\{credential="token",reason="unknown"\} 1/)
})

test('refusals write a line a second, which says how many there were without one', async t => {
  let now = 0
  const { app, logLines } = await createService(t, { callers, now: () => now })
  for (let count = 0; count < 5; count++) await app.inject({ method: 'GET', url: '/keys' })
  now = 1000
  await app.inject({ method: 'GET', url: '/keys' })
  const lines = logLines.filter(line => line.includes('caller not known')).map(line => JSON.parse(line) as { untold: number })
  t.same(lines.map(({ untold }) => untold), [0, 4])
})

const answers: [RefusalReason, number, string, boolean][] = [
  ['missing', 401, 'CALLER_UNKNOWN', true],
  ['malformed', 401, 'CALLER_UNKNOWN', true],
  ['unknown', 401, 'CALLER_UNKNOWN', true],
  ['ambiguous', 401, 'CALLER_UNKNOWN', true],
  ['untrusted', 401, 'CALLER_UNKNOWN', true],
  ['not-yet-valid', 401, 'CALLER_UNKNOWN', true],
  ['expired', 401, 'CALLER_CREDENTIALS_EXPIRED', true],
  ['used', 401, 'CALLER_CREDENTIALS_EXPIRED', true],
  ['issuer-unavailable', 503, 'ISSUER_UNAVAILABLE', false],
  ['overloaded', 503, 'OVERLOADED', false],
]

for (const [refused, status, code, challenged] of answers) {
  test(`credentials that are ${refused} are answered ${status} ${code}`, async t => {
    const refusal: Verdict = { refused, credential: 'jwt' }
    for (const verdict of [refusal, Promise.resolve(refusal)]) {
      const { app } = await createService(t, { callers: { authenticate: () => verdict } })
      const answer = await app.inject({ method: 'GET', url: '/keys' })
      t.match(answer.json(), { status, code })
      t.equal(answer.headers['www-authenticate'] !== undefined, challenged)
      t.equal(answer.headers['retry-after'], challenged ? undefined : '1')
    }
  })
}

for (const [title, headers, status] of [
  ['localhost', { host: 'localhost:8080' }, 200],
  ['localhost in capitals', { host: 'LOCALHOST' }, 200],
  ['an address of the host itself', { host: '127.0.0.1:8080' }, 200],
  ['another address of the host itself', { host: '127.1.2.3' }, 200],
  ['the IPv6 address of the host itself', { host: '[::1]:8080' }, 200],
  ['a page of its own', { host: '127.0.0.1:8080', origin: 'http://127.0.0.1:8080' }, 200],
  ['a page of its own over TLS', { host: 'localhost', origin: 'https://localhost' }, 200],
  ['another name, which may lead here', { host: 'evil.example:8080' }, 403],
  ['another name and its page', { host: 'evil.example', origin: 'http://evil.example' }, 403],
  ['a name that begins like an address', { host: '127.0.0.1.evil.example' }, 403],
  ['a name that ends like one of here', { host: 'evil.localhost' }, 403],
  ['an address of the network', { host: '10.0.0.1:8080' }, 403],
  ['localhost behind a user name', { host: 'evil.example@localhost' }, 403],
  ['a page of elsewhere', { host: 'localhost:8080', origin: 'https://evil.example' }, 403],
  ['a page of another port', { host: 'localhost:8080', origin: 'http://localhost:3000' }, 403],
  ['a page that hides where it is from', { host: 'localhost:8080', origin: 'null' }, 403],
] as const) {
  test(`without callers a request that names ${title} is answered ${status}, but for probes`, async t => {
    const { app, metrics } = await createService(t)
    for (const [method, url] of [['GET', '/keys'], ['GET', '/metrics']] as const) {
      const answer = await app.inject({ method, url, headers })
      t.equal(answer.statusCode, status)
      if (status === 403) t.match(answer.json(), { code: 'NOT_PERMITTED', detail: /^On loopback, Host must be localhost/ })
    }
    t.equal((await app.inject({ method: 'GET', url: '/livez', headers })).statusCode, 200)
    t.equal((await metrics.registry.metrics()).includes('callers_refused_total{credential="none",reason="foreign"} 2'), status === 403)
  })
}

test('without callers a page of elsewhere has nothing signed', async t => {
  const { app, enclave } = await createService(t)
  const headers = { host: 'evil.example', origin: 'http://evil.example' }
  t.match((await app.inject({ method: 'POST', url: '/sign', headers, payload: { keyId: 'a', message: '' } })).json(), { status: 403 })
  t.same(enclave.calls, [])
})

test('with callers, names and pages are the affair of whoever has credentials', async t => {
  const { app } = await createService(t, { callers })
  const headers = { ...as('everything'), host: 'signer.example', origin: 'https://console.example' }
  t.equal((await app.inject({ method: 'GET', url: '/keys', headers })).statusCode, 200)
})

test('a program that speaks HTTP/1.0 without a host is no browser', async t => {
  const { app } = await createService(t)
  await app.listen({ port: 0, host: '127.0.0.1' })
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
  socket.write('GET /keys HTTP/1.0\r\n\r\n')
  t.match(await text(socket), /^HTTP\/1\.1 200 /)
})

test('a fault while somebody is looked up lets nobody in', async t => {
  const { app } = await createService(t, { callers: { authenticate: async () => await Promise.reject(new Error('broken')) } })
  t.match((await app.inject({ method: 'GET', url: '/keys' })).json(), { status: 500, code: 'INTERNAL' })
})

test('a caller whose token was taken out of the file is refused with the next request on the same connection', async t => {
  let inForce = tableOf(everything)
  const { app } = await createService(t, { callers: callersIn(() => inForce) })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
  t.teardown(() => { socket.destroy() })
  const ask = async (): Promise<string> => {
    socket.write('GET /keys HTTP/1.1\r\nhost: x\r\nauthorization: Bearer everything\r\n\r\n')
    return await new Promise(resolve => { socket.once('data', data => { resolve(String(data).slice(0, 12)) }) })
  }
  t.equal(await ask(), 'HTTP/1.1 200')
  inForce = tableOf()
  t.equal(await ask(), 'HTTP/1.1 401')
})
