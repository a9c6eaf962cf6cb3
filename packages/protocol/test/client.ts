import { getEventListeners, once } from 'node:events'
import { Duplex } from 'node:stream'
import { inspect } from 'node:util'

import { test } from 'tap'
import type { Test } from 'tap'

import { createClient } from '../src/client.ts'
import type { ClientOptions, ProtocolClient } from '../src/client.ts'
import { duplexes, framesOf, kinds, Peer, turns } from './fixtures/peer.ts'
import type { Connect } from './fixtures/peer.ts'
import { samples } from './fixtures/samples.ts'

const { params, result } = samples.sign
const pong = samples.ping.result

for (const [kind, connect] of kinds) {
  test(`over ${kind}, requests in flight are answered in any order`, async t => {
    const { client, peer } = await setUp(t, connect)
    const requests = Array.from({ length: 200 }, (_, index) => client.request('setCredentials', credentialsUntil(index)))
    t.equal(client.inFlight, 200)
    const received = await peer.first(200)
    for (const { id, params } of received.toReversed()) peer.send({ jsonrpc: '2.0', id, result: { expiresAt: (params as { expiresAt: number }).expiresAt } })
    t.strictSame(await Promise.all(requests), requests.map((_, index) => ({ expiresAt: index })))
    t.equal(client.inFlight, 0)
  })

  test(`over ${kind}, an end of the connection fails what is in flight and what comes after`, async t => {
    const { client, peer } = await setUp(t, connect)
    const request = client.request('ping', {})
    await peer.first(1)
    peer.stream.end()
    const lost = { name: 'ProtocolError', code: 'CONNECTION_LOST', message: 'the other end closed the connection' }
    await t.rejects(request, lost)
    await t.rejects(client.request('ping', {}), lost)
    t.match(await client.closed, lost)
    t.equal(client.inFlight, 0)
  })

  test(`over ${kind}, a stream that ends inside a frame is truncated`, async t => {
    const { client, peer } = await setUp(t, connect)
    const request = client.request('ping', {})
    await peer.first(1)
    peer.stream.end(framesOf({ jsonrpc: '2.0', id: 1, result: pong }).subarray(0, -1))
    const truncated = { name: 'ProtocolError', code: 'FRAME_TRUNCATED', message: 'the stream ended inside a frame' }
    await t.rejects(request, truncated)
    t.match(await client.closed, truncated)
  })

  test(`over ${kind}, closing the client fails what is in flight and ends the other end's stream`, async t => {
    const { client, peer } = await setUp(t, connect)
    const request = client.request('ping', {})
    client.close()
    client.close()
    await t.rejects(request, { code: 'CONNECTION_LOST', message: 'the connection is closed' })
    t.equal(await client.closed, undefined)
    await t.rejects(client.request('ping', {}), { code: 'CONNECTION_LOST', message: 'the connection is closed' })
    if (connect !== duplexes) await peer.ended
  })
}

test('a request is one JSON-RPC message with ids that count up', async t => {
  const { client, peer } = await setUp(t)
  client.request('sign', params).catch(() => undefined)
  client.request('ping', {}).catch(() => undefined)
  t.strictSame(await peer.first(2), [
    { jsonrpc: '2.0', id: 1, method: 'sign', params },
    { jsonrpc: '2.0', id: 2, method: 'ping', params: {} },
  ])
})

test('a request carries the context it is given', async t => {
  const { client, peer } = await setUp(t)
  const context = { timeoutMs: 250, traceId: '4bf92f3577b34da6a3ce929d0e0e4736' }
  client.request('sign', params, { context }).catch(() => undefined)
  t.strictSame(await peer.first(1), [{ jsonrpc: '2.0', id: 1, method: 'sign', params, context }])
})

test('the client knows when the other end last answered, to a request given up too', async t => {
  const { client, peer } = await setUp(t)
  t.equal(client.lastAnswerMs, -Infinity)
  const before = performance.now()
  const late = t.rejects(client.request('ping', {}, { deadlineMs: 1 }), { code: 'DEADLINE_EXCEEDED' })
  const [asked] = await peer.first(1)
  await late
  peer.send({ jsonrpc: '2.0', id: asked?.id, result: pong })
  await turns()
  t.ok(client.lastAnswerMs > before)
})

test('requests of one turn go out in one write', async t => {
  const writes: Buffer[] = []
  const stream = new Duplex({ read: () => undefined, write (chunk: Buffer, _encoding, done) { writes.push(chunk); done() } })
  const client = createClient(stream)
  const requests = [1, 2, 3].map(async () => client.request('ping', {}))
  await turns()
  t.equal(writes.length, 1)
  client.close()
  for (const request of requests) await t.rejects(request, { code: 'CONNECTION_LOST' })
})

test('every error answer is rebuilt by its code, for its request only', async t => {
  const { client, peer } = await setUp(t)
  const failing = client.request('sign', params)
  const working = client.request('ping', {})
  await peer.first(2)
  peer.send(
    { jsonrpc: '2.0', id: 1, error: { code: -32000, message: 'treasury-1', data: { code: 'KEY_NOT_LOADED' } } },
    { jsonrpc: '2.0', id: 2, result: pong }
  )
  await t.rejects(failing, { name: 'EnclaveError', code: 'KEY_NOT_LOADED', message: 'treasury-1' })
  t.strictSame(await working, pong)
})

test('a result of another shape fails its own request only', async t => {
  const { client, peer } = await setUp(t)
  const failing = client.request('sign', params)
  const working = client.request('ping', {})
  await peer.first(2)
  peer.send({ jsonrpc: '2.0', id: 1, result: { ...result, recoveryId: 2 } }, { jsonrpc: '2.0', id: 2, result: pong })
  await t.rejects(failing, {
    name: 'ProtocolError',
    code: 'INVALID_ANSWER',
    message: 'the answer to sign has another shape',
    cause: { message: 'result.recoveryId is not one of 0, 1' },
  })
  t.strictSame(await working, pong)
})

test('a line of the log with a text of somebody\'s choice fails its answer, and nothing of it is shown', async t => {
  const { client, peer } = await setUp(t)
  const { result: read } = samples.readLog
  const failing = client.request('readLog', { after: 41 })
  const working = client.request('readLog', { after: 41 })
  await peer.first(2)
  const lines = [...read.lines, { at: 1, level: 'info', event: 'enclave.listening', message: 'the key is hush' }]
  peer.send({ jsonrpc: '2.0', id: 1, result: { ...read, lines } }, { jsonrpc: '2.0', id: 2, result: read })
  const error = await failing.catch((thrown: unknown) => thrown)
  t.match(error, { code: 'INVALID_ANSWER', cause: { message: 'result.lines[] has a member that is not known' } })
  t.notMatch(inspect(error), 'hush')
  t.strictSame(await working, read)
})

const givenUpBy: [name: string, bytes: Buffer, expected: { code: string, message?: string, cause?: object }][] = [
  ['an answer to an id that was never asked', framesOf({ jsonrpc: '2.0', id: 99, result: pong }), {
    code: 'UNEXPECTED_ANSWER', message: 'an answer to a request that is not in flight',
  }],
  ['a second answer to one request', framesOf({ jsonrpc: '2.0', id: 1, result: pong }, { jsonrpc: '2.0', id: 1, result: pong }), {
    code: 'UNEXPECTED_ANSWER',
  }],
  ['an answer without an id', framesOf({ jsonrpc: '2.0', id: null, error: { code: -32700, message: 'm', data: { code: 'PARSE_ERROR' } } }), {
    code: 'CONNECTION_LOST', message: 'the other end gave the connection up', cause: { name: 'EnclaveError', code: 'PARSE_ERROR', message: 'm' },
  }],
  ['bytes that are not JSON', framesOf('{'), { code: 'INVALID_ANSWER', message: '1 bytes that are not one JSON-RPC 2.0 answer' }],
  ['a request', framesOf({ jsonrpc: '2.0', id: 1, method: 'ping', params: {} }), { code: 'INVALID_ANSWER' }],
  ['an empty frame', Buffer.alloc(4), { code: 'FRAME_EMPTY' }],
  ['an announcement of 4 GiB', Buffer.alloc(4, 0xff), { code: 'FRAME_TOO_LARGE', message: 'a frame of 4294967295 bytes; at most 262144 are taken' }],
]

for (const [name, bytes, expected] of givenUpBy) {
  test(`${name} ends the connection and fails everything in flight`, async t => {
    const { client, peer } = await setUp(t)
    const first = client.request('ping', {})
    const others: Promise<unknown>[] = [client.request('ping', {}), client.request('sign', params)]
    await peer.first(3)
    peer.stream.write(bytes)
    for (const request of others) await t.rejects(request, { name: 'ProtocolError', ...expected })
    t.match(await client.closed, expected)
    t.equal(client.inFlight, 0)
    if (!name.startsWith('a second')) await t.rejects(first, expected)
    else t.strictSame(await first, pong)
  })
}

test('answers that came before the fault, in the same bytes, still count', async t => {
  const { client, peer } = await setUp(t)
  const first = client.request('ping', {})
  const second = client.request('ping', {})
  await peer.first(2)
  peer.stream.write(Buffer.concat([framesOf({ jsonrpc: '2.0', id: 1, result: pong }), Buffer.alloc(4)]))
  t.strictSame(await first, pong)
  await t.rejects(second, { code: 'FRAME_EMPTY' })
})

test('answers cut anywhere are the same answers', async t => {
  const { client, peer } = await setUp(t)
  const requests = [client.request('sign', params), client.request('ping', {})]
  await peer.first(2)
  for (const byte of framesOf({ jsonrpc: '2.0', id: 2, result: pong }, { jsonrpc: '2.0', id: 1, result })) peer.stream.write(Buffer.of(byte))
  t.strictSame(await Promise.all<unknown>(requests), [result, pong])
})

test('a request without an answer is given up at its deadline, and its late answer is ignored', async t => {
  const { client, peer } = await setUp(t, duplexes, { deadlineMs: 5 })
  await t.rejects(client.request('ping', {}), { name: 'ProtocolError', code: 'DEADLINE_EXCEEDED', message: 'no answer to ping within 5 ms' })
  await t.rejects(client.request('sign', params, { deadlineMs: 1 }), { code: 'DEADLINE_EXCEEDED', message: 'no answer to sign within 1 ms' })
  t.equal(client.inFlight, 2)
  const working = client.request('ping', {}, { deadlineMs: 600_000 })
  await peer.first(3)
  peer.send(...[1, 2, 3].map(id => ({ jsonrpc: '2.0', id, result: pong })))
  t.strictSame(await working, pong)
  t.equal(client.inFlight, 0)
  peer.send({ jsonrpc: '2.0', id: 1, result: pong })
  t.match(await client.closed, { code: 'UNEXPECTED_ANSWER' }, 'but only once')
})

test('a deadline longer than a timer can wait does not pass at once', async t => {
  const { client, peer } = await setUp(t)
  const request = client.request('ping', {}, { deadlineMs: Infinity })
  await peer.first(1)
  await new Promise(resolve => setTimeout(resolve, 20))
  peer.send({ jsonrpc: '2.0', id: 1, result: pong })
  t.strictSame(await request, pong)
})

test('an aborted request is given up with the reason; its late answer is ignored', async t => {
  const { client, peer } = await setUp(t)
  const controller = new AbortController()
  const request = client.request('ping', {}, { signal: controller.signal })
  const working = client.request('ping', {})
  await peer.first(2)
  controller.abort(new Error('caller left'))
  await t.rejects(request, { name: 'ProtocolError', code: 'ABORTED', message: 'the request was aborted', cause: { message: 'caller left' } })
  peer.send({ jsonrpc: '2.0', id: 1, result: pong }, { jsonrpc: '2.0', id: 2, result: pong })
  t.strictSame(await working, pong)
})

test('a request that is aborted before it is asked is never sent', async t => {
  const { client, peer } = await setUp(t)
  await t.rejects(client.request('sign', params, { signal: AbortSignal.abort() }), { code: 'ABORTED' })
  client.request('ping', {}).catch(() => undefined)
  t.match(await peer.first(1), [{ id: 1, method: 'ping' }])
})

test('an abort after the answer changes nothing, and the signal holds no listener', async t => {
  const { client, peer } = await setUp(t)
  const controller = new AbortController()
  const request = client.request('ping', {}, { signal: controller.signal })
  t.equal(getEventListeners(controller.signal, 'abort').length, 1)
  await peer.first(1)
  peer.send({ jsonrpc: '2.0', id: 1, result: pong })
  t.strictSame(await request, pong)
  t.equal(getEventListeners(controller.signal, 'abort').length, 0)
  controller.abort()
  t.equal(client.inFlight, 0)
})

test('no more requests than the limit are sent, given-up ones included', async t => {
  const { client, peer } = await setUp(t, duplexes, { requestsInFlight: 2 })
  const controller = new AbortController()
  const first = client.request('ping', {}, { signal: controller.signal })
  const second = client.request('ping', {})
  controller.abort()
  await t.rejects(first, { code: 'ABORTED' })
  await t.rejects(client.request('ping', {}), { name: 'ProtocolError', code: 'TOO_MANY_IN_FLIGHT', message: '2 requests wait for an answer' })
  await peer.first(2)
  peer.send({ jsonrpc: '2.0', id: 1, result: pong })
  peer.send({ jsonrpc: '2.0', id: 2, result: pong })
  t.strictSame(await second, pong)
  const third = client.request('ping', {})
  t.match((await peer.first(3)).at(-1), { id: 3 })
  peer.send({ jsonrpc: '2.0', id: 3, result: pong })
  t.strictSame(await third, pong)
})

test('an end that leaves too many requests unanswered is given up', async t => {
  const { client } = await setUp(t, duplexes, { unansweredRequests: 2 })
  const controller = new AbortController()
  const waiting = client.request('ping', {})
  const aborted = [1, 2, 3].map(async () => client.request('ping', {}, { signal: controller.signal }))
  controller.abort()
  for (const request of aborted) await t.rejects(request, { code: 'ABORTED' })
  await t.rejects(waiting, { code: 'CONNECTION_LOST', message: '3 requests were never answered' })
  t.match(await client.closed, { code: 'CONNECTION_LOST', message: '3 requests were never answered' })
})

test('a request too large for a frame fails alone and is not sent', async t => {
  const { client, peer } = await setUp(t)
  const message = 'A'.repeat(300_000)
  await t.rejects(client.request('sign', { ...params, message }), { name: 'ProtocolError', code: 'FRAME_TOO_LARGE' })
  t.equal(client.inFlight, 0)
  client.request('ping', {}).catch(() => undefined)
  t.match(await peer.first(1), [{ method: 'ping' }])
})

test('a failing stream is a lost connection with its cause, and a later failure harms nobody', async t => {
  const stream = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => { done() } })
  const client = createClient(stream)
  const request = client.request('ping', {})
  stream.destroy(new Error('reset'))
  await t.rejects(request, { code: 'CONNECTION_LOST', message: 'the connection failed', cause: { message: 'reset' } })
  stream.emit('error', new Error('again'))
  t.match(await client.closed, { code: 'CONNECTION_LOST', cause: { message: 'reset' } })
})

test('a stream that is destroyed without an error is a lost connection', async t => {
  const { client, stream } = await setUp(t)
  const request = client.request('ping', {})
  stream.destroy()
  await t.rejects(request, { code: 'CONNECTION_LOST', message: 'the connection was closed' })
  t.match(await client.closed, { code: 'CONNECTION_LOST' })
})

test('a client on a stream that is over already says so at once', async t => {
  const destroyed = new Duplex()
  destroyed.destroy()
  await once(destroyed, 'close')
  const ended = new Duplex({ autoDestroy: false, read () { this.push(null) }, write: () => undefined })
  ended.resume()
  await once(ended, 'end')
  for (const stream of [destroyed, ended]) {
    const client = createClient(stream)
    const lost = { code: 'CONNECTION_LOST', message: 'the connection was over before it was used' }
    t.match(await client.closed, lost)
    await t.rejects(client.request('ping', {}), lost)
  }
})

test('bytes that follow a lost connection are not looked at', async t => {
  const { client, stream } = await setUp(t)
  client.close()
  const parsed = t.capture(JSON, 'parse', JSON.parse.bind(JSON))
  stream.emit('data', framesOf({ jsonrpc: '2.0', id: 1, result: pong }))
  t.strictSame(parsed(), [])
  t.equal(await client.closed, undefined)
})

interface SetUp { client: ProtocolClient, stream: Duplex, peer: Peer }

async function setUp (t: Test, connect: Connect = duplexes, options: ClientOptions = {}): Promise<SetUp> {
  const [stream, far] = await connect(t)
  const client = createClient(stream, options)
  t.teardown(() => { client.close() })
  return { client, stream, peer: new Peer(far) }
}

function credentialsUntil (expiresAt: number): typeof samples.setCredentials.params {
  return { ...samples.setCredentials.params, expiresAt }
}
