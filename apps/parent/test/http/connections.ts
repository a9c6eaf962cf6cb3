import { once } from 'node:events'
import { connect } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { text } from 'node:stream/consumers'

import { test } from 'tap'
import type { Test } from 'tap'

import type { ConnectionTimeouts } from '../../src/http/connections.ts'
import { ordinaryTimeouts } from '../../src/http/connections.ts'
import { defaultLimits } from '../../src/limits/limit-settings.ts'
import { createService } from '../fixtures/service.ts'
import type { Service } from '../fixtures/service.ts'

/** Of what is not under test. */
const long = 60_000
const patient: ConnectionTimeouts = { headersMs: long, requestMs: long, keepAliveMs: long, silenceMs: long, checkMs: 10 }
const head = 'POST /sign HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n'

interface Listening extends Service {
  connect: () => Socket
}

async function listening (t: Test, timeouts: Partial<ConnectionTimeouts>, maxConnections = 100): Promise<Listening> {
  const service = await createService(t, { timeouts: { ...patient, ...timeouts }, limits: { ...defaultLimits, maxConnections } })
  await service.app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = service.app.server.address() as AddressInfo
  const sockets: Socket[] = []
  t.teardown(() => { for (const socket of sockets) socket.destroy() })
  return {
    ...service,
    connect: () => {
      const socket = connect(port, '127.0.0.1').on('error', () => undefined)
      sockets.push(socket)
      return socket
    },
  }
}

/** What a client gets that sends `bytes` and then nothing. */
async function answerTo ({ connect }: Listening, bytes: string): Promise<string> {
  const socket = connect()
  socket.write(bytes)
  return await text(socket)
}

const slow: [what: string, timeouts: Partial<ConnectionTimeouts>, sent: string][] = [
  ['that never sends anything', { headersMs: 50 }, ''],
  ['that never ends its headers', { headersMs: 50 }, `${head}x: `],
  ['that never sends its body', { requestMs: 50, headersMs: 40 }, `${head}content-length: 10\r\n\r\n{`],
  ['that never ends its chunks', { requestMs: 50, headersMs: 40 }, `${head}transfer-encoding: chunked\r\n\r\n1\r\n{\r\n`],
]

for (const [what, timeouts, sent] of slow) {
  test(`a client ${what} is told 408 and cut off`, async t => {
    const answer = await answerTo(await listening(t, timeouts), sent)
    t.match(answer, /^HTTP\/1\.1 408 Request Timeout\r\ncontent-type: application\/problem\+json\r\n/)
    t.match(answer, /"code":"REQUEST_TIMEOUT"/)
  })
}

test('a client that sends a byte now and then is cut off all the same', async t => {
  const { connect } = await listening(t, { headersMs: 100 })
  const socket = connect()
  const drip = setInterval(() => { socket.write('a') }, 5)
  socket.write(head)
  t.match(await text(socket), /^HTTP\/1\.1 408 /)
  clearInterval(drip)
})

test('a connection that stays idle after an answer is closed', async t => {
  const service = await listening(t, { keepAliveMs: 50 })
  const answer = await answerTo(service, 'GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n')
  t.match(answer, /^HTTP\/1\.1 200 OK\r\n/)
  t.notMatch(answer, /408/)
})

test('a client that never reads its answers is cut off, and meanwhile is not read from without end', async t => {
  const { app, connect } = await listening(t, { silenceMs: 200 })
  const asked = 20_000
  let answered = 0
  app.server.on('request', () => { answered++ })
  const accepted = once(app.server, 'connection') as Promise<[Socket]>
  const socket = connect().pause()
  socket.write('GET /openapi.json HTTP/1.1\r\nhost: localhost\r\n\r\n'.repeat(asked))
  const [server] = await accepted
  await once(server, 'close')
  t.ok(answered > 0 && answered < asked, `${answered} of ${asked}`)
})

test('a connection too many is closed as it comes, the others go on, and it is counted', async t => {
  const service = await listening(t, {}, 2)
  const sockets = [service.connect(), service.connect()]
  for (const socket of sockets) await once(socket, 'connect')
  t.equal(await text(service.connect()), '')
  for (const socket of sockets) {
    socket.write('GET /livez HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n')
    t.match(await text(socket), /^HTTP\/1\.1 200 OK\r\n/)
  }
  const metrics = await answerTo(service, 'GET /metrics HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n')
  t.match(metrics, /enclave_signer_connections_refused_total 1\n/)
  t.match(metrics, /enclave_signer_connections 1\n/)
})

test('idle connections outlive a load balancer\'s patience, and no answer outlives its connection', async t => {
  t.ok(ordinaryTimeouts.keepAliveMs > 60_000)
  t.ok(ordinaryTimeouts.silenceMs > 60_000, 'the longest a request may take')
  t.ok(ordinaryTimeouts.headersMs <= ordinaryTimeouts.requestMs)
})
