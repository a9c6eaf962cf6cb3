import { test } from 'tap'
import type { Test } from 'tap'

import { problemIn, rawClient } from '../fixtures/raw-client.ts'
import { createService } from '../fixtures/service.ts'
import type { Service } from '../fixtures/service.ts'

const post = 'POST /sign HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n'
const made = /^[0-9a-f]{12}-[0-9a-z]+$/

interface Listening extends Service {
  send: (bytes: string) => Promise<string>
}

async function listening (t: Test): Promise<Listening> {
  const service = await createService(t, { timeouts: { headersMs: 300, requestMs: 300, keepAliveMs: 20, checkMs: 10 } })
  return { ...service, send: await rawClient(t, service.app) }
}

/** The lines of the errors' and the answers' counters. */
async function countsOf ({ metrics }: Service): Promise<string[]> {
  const lines = (await metrics.registry.metrics()).split('\n')
  return lines.filter(line => /^enclave_signer_http_(requests|problems)_total\{/.test(line)).map(line => line.replace('enclave_signer_http_', ''))
}

const errors: [what: string, bytes: string, status: number, code: string, method: string, reason: string, id: string | RegExp][] = [
  ['bytes that are no HTTP', 'HELLO\r\n\r\n', 400, 'MALFORMED_REQUEST', 'unknown', 'HPE_INVALID_METHOD', made],
  ['a head over 16 KiB', `${post}x: ${'x'.repeat(17_000)}\r\n\r\n`, 431, 'HEADERS_TOO_LARGE', 'unknown', 'HPE_HEADER_OVERFLOW', made],
  ['a head that does not end', post, 408, 'REQUEST_TIMEOUT', 'unknown', 'ERR_HTTP_REQUEST_TIMEOUT', made],
  ['a body that does not end', `${post}content-length: 9\r\n\r\n{`, 408, 'REQUEST_TIMEOUT', 'POST', 'ERR_HTTP_REQUEST_TIMEOUT', made],
  ['a chunk that is none', `${post}transfer-encoding: chunked\r\nx-request-id: mine\r\n\r\nzz\r\n`, 400, 'MALFORMED_REQUEST', 'POST', 'HPE_INVALID_CHUNK_SIZE', 'mine'],
  ['a tunnel', 'CONNECT a:1 HTTP/1.1\r\nhost: a:1\r\nx-request-id: mine\r\n\r\n', 405, 'METHOD_NOT_ALLOWED', 'CONNECT', 'the service is no proxy', 'mine'],
]

for (const [what, bytes, status, code, method, reason, id] of errors) {
  test(`${what} is ${status} ${code} under a request id, counted once and logged once`, async t => {
    const service = await listening(t)
    const answer = problemIn(await service.send(bytes))
    // Then the framework knows too that the client has gone.
    await service.app.close()
    t.match(answer, { status, type: 'application/problem+json', id, problem: { status, code, requestId: answer.id } })
    t.same(await countsOf(service), [
      `requests_total{method="${method}",route="unmatched",status="${status}"} 1`,
      `problems_total{route="unmatched",code="${code}"} 1`,
    ])
    const lines = service.logLines.map(line => JSON.parse(line) as { msg: string }).filter(({ msg }) => msg === 'request refused')
    t.match(lines, [{ level: 'debug', requestId: answer.id, method, status, code, reason }])
  })
}

test('a tunnel is told what methods there are', async t => {
  const { send } = await listening(t)
  t.match(problemIn(await send('CONNECT a:1 HTTP/1.1\r\nhost: a:1\r\n\r\n')), { status: 405, allow: 'GET, HEAD, POST' })
})

test('what was answered before its body came is not answered again when that does not come', async t => {
  const service = await listening(t)
  const said = await service.send('GET /livez HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\n')
  t.equal(said.match(/HTTP\/1\.1 \d+/g)?.join(), 'HTTP/1.1 200')
  t.same(await countsOf(service), ['requests_total{method="GET",route="/livez",status="200"} 1'])
})

test('a URL that cannot be decoded, and a caller whom nobody knows on a route that is not there, are counted as answers too', async t => {
  const service = await createService(t, { callers: { authenticate: () => ({ refused: 'missing', credential: 'none' }) } })
  t.equal((await service.app.inject({ method: 'GET', url: '/keys/%zz' })).statusCode, 400)
  t.equal((await service.app.inject({ method: 'GET', url: '/nobody' })).statusCode, 401)
  t.same(await countsOf(service), [
    'requests_total{method="GET",route="unmatched",status="400"} 1', 'requests_total{method="GET",route="unmatched",status="401"} 1',
    'problems_total{route="unmatched",code="MALFORMED_REQUEST"} 1', 'problems_total{route="unmatched",code="CALLER_UNKNOWN"} 1',
  ])
})
