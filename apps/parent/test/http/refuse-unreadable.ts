import { gzipSync } from 'node:zlib'

import { test } from 'tap'
import type { Test } from 'tap'

import { createOpsServer } from '../../src/http/ops-server.ts'
import { createLogger } from '../../src/logger.ts'
import { problemIn, rawClient } from '../fixtures/raw-client.ts'
import { createService, post } from '../fixtures/service.ts'
import type { Service } from '../fixtures/service.ts'

const order = { keyId: 'a', message: 'aGk=' }
const body = JSON.stringify(order)
const json = 'content-type: application/json\r\n'

async function serviceWithKey (t: Test): Promise<Service> {
  const service = await createService(t)
  await post(service.app, '/keys', { keyId: 'a', keySpec: 'ECC_NIST_P256' })
  return service
}

function sign (headers: string): string {
  return `POST /sign HTTP/1.1\r\n${headers}content-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`
}

const malformed: [what: string, bytes: string, detail: RegExp][] = [
  ['no Host', sign(json), /Host/],
  ['two Hosts', sign(`host: a\r\nhost: b\r\n${json}`), /Host/],
  ['twice the same Host', sign(`host: a\r\nhost: a\r\n${json}`), /Host/],
  ['an expectation that is not 100-continue', sign(`host: a\r\n${json}expect: a-miracle\r\n`), /Expect/],
  ['a transfer coding beside chunked', `POST /sign HTTP/1.1\r\nhost: a\r\n${json}transfer-encoding: gzip, chunked\r\nconnection: close\r\n\r\n2\r\n{}\r\n0\r\n\r\n`, /Transfer-Encoding/],
  ['chunks in chunks', `POST /sign HTTP/1.1\r\nhost: a\r\n${json}transfer-encoding: chunked, chunked\r\nconnection: close\r\n\r\n2\r\n{}\r\n0\r\n\r\n`, /well-formed/],
]

for (const [what, bytes, detail] of malformed) {
  test(`a request with ${what} is 400 MALFORMED_REQUEST under a request id`, async t => {
    const { app, enclave } = await serviceWithKey(t)
    const answer = problemIn(await (await rawClient(t, app))(bytes))
    t.match(answer, { status: 400, type: /^application\/problem\+json/, id: /./, problem: { code: 'MALFORMED_REQUEST', requestId: answer.id, detail } })
    t.equal(enclave.countOf('sign'), 0)
  })
}

const unsupported: [what: string, headers: Record<string, string>, payload: string | Buffer][] = [
  ['is compressed', { 'content-encoding': 'gzip', 'content-type': 'application/json' }, gzipSync(body)],
  ['says that it is compressed', { 'content-encoding': 'gzip', 'content-type': 'application/json' }, body],
  ['is encoded twice', { 'content-encoding': 'identity, gzip', 'content-type': 'application/json' }, body],
  ['is in another charset', { 'content-type': 'application/json; charset=latin1' }, body],
  ['is in another charset, in quotes', { 'content-type': 'application/json;v=1; Charset = "utf-16"' }, body],
  ['has two media types', { 'content-type': 'application/json, application/json' }, body],
]

for (const [what, headers, payload] of unsupported) {
  test(`a body that ${what} is 415 UNSUPPORTED_MEDIA_TYPE`, async t => {
    const { app, enclave } = await serviceWithKey(t)
    const answer = await app.inject({ method: 'POST', url: '/sign', headers, payload })
    t.match({ status: answer.statusCode, ...answer.json<object>() }, { status: 415, code: 'UNSUPPORTED_MEDIA_TYPE' })
    if ('content-encoding' in headers) t.equal(answer.headers['accept-encoding'], 'identity')
    t.equal(enclave.countOf('sign'), 0)
  })
}

const taken: [what: string, headers: Record<string, string>][] = [
  ['the coding identity', { 'content-encoding': 'Identity', 'content-type': 'application/json' }],
  ['UTF-8', { 'content-type': 'application/json; charset=utf-8' }],
  ['UTF-8 in quotes', { 'content-type': 'application/json;charset="UTF-8"; v=1' }],
  ['another parameter', { 'content-type': 'application/json; profile=charset' }],
]

for (const [what, headers] of taken) {
  test(`a body that names ${what} is taken`, async t => {
    const { app } = await serviceWithKey(t)
    t.equal((await app.inject({ method: 'POST', url: '/sign', headers, payload: body })).statusCode, 200)
  })
}

test('an expectation beside 100-continue is refused too', async t => {
  const { app } = await serviceWithKey(t)
  const headers = { 'content-type': 'application/json', expect: '100-continue, a-miracle' }
  t.match((await app.inject({ method: 'POST', url: '/sign', headers, payload: body })).json(), { status: 400, code: 'MALFORMED_REQUEST' })
})

test('a request that waits for 100-continue, or offers to upgrade, is answered as what it is', async t => {
  const { app } = await serviceWithKey(t)
  const send = await rawClient(t, app)
  t.match(await send(sign(`host: localhost\r\n${json}expect: 100-Continue\r\n`)), /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n/)
  t.match(await send(sign(`host: localhost\r\n${json}upgrade: h2c\r\nconnection: upgrade\r\n`)), /^HTTP\/1\.1 200 OK\r\n/)
  t.match(await send('GET /livez HTTP/1.0\r\n\r\n'), /^HTTP\/1\.1 200 OK\r\n/, 'HTTP/1.0 knows no Host')
})

test('the probes\' own listener refuses the same', async t => {
  const { status, metrics } = await createService(t)
  const ops = await createOpsServer({ status: () => status, metrics, log: createLogger('silent') })
  t.teardown(() => ops.close())
  t.match(problemIn(await (await rawClient(t, ops))('GET /livez HTTP/1.1\r\nconnection: close\r\n\r\n')), { status: 400, problem: { code: 'MALFORMED_REQUEST' } })
})
