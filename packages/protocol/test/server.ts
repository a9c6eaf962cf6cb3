import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { Duplex } from 'node:stream'

import { test } from 'tap'
import type { Test } from 'tap'

import { EnclaveError } from '../src/errors.ts'
import { serveConnection } from '../src/server.ts'
import type { Call, EnclaveHandlers, ServedConnection, ServeOptions } from '../src/server.ts'
import { handlersWith } from './fixtures/handlers.ts'
import { duplexes, framesOf, kinds, Peer, sockets, turns } from './fixtures/peer.ts'
import type { Connect } from './fixtures/peer.ts'
import { samples } from './fixtures/samples.ts'

const { params, result } = samples.sign
const pong = samples.ping.result
const ping = { jsonrpc: '2.0', method: 'ping', params: {} }

for (const [kind, connect] of kinds) {
  test(`over ${kind}, many requests are worked on at once and answered as they are done`, async t => {
    const signing = heldHandler(result)
    const { peer, connection } = await setUp(t, { connect, handlers: { sign: signing.handler } })
    peer.ask('sign', params, ...Array.from({ length: 100 }, (_, id) => id))
    await signing.called(100)
    t.equal(connection.inFlight, 100)
    peer.ask('ping', {}, 100)
    t.strictSame(await peer.first(1), [{ jsonrpc: '2.0', id: 100, result: pong }], 'a quick one overtakes')
    for (const release of signing.releases.toReversed()) release()
    const ids = (await peer.first(101)).slice(1).map(({ id }) => id)
    t.strictSame(ids, Array.from({ length: 100 }, (_, index) => 99 - index))
    await turns()
    t.equal(connection.inFlight, 0)
  })

  test(`over ${kind}, an end that stops sending still gets every answer before the connection closes`, async t => {
    const signing = heldHandler(result)
    const { peer, connection } = await setUp(t, { connect, handlers: { sign: signing.handler } })
    peer.ask('sign', params, 1, 2)
    peer.ask('ping', {}, 3)
    peer.stream.end()
    await signing.called(2)
    await turns()
    t.equal(peer.received.length, 1)
    for (const release of signing.releases) release()
    t.strictSame((await peer.first(3)).map(({ id }) => id), [3, 1, 2])
    await Promise.all([peer.ended, connection.closed])
  })

  test(`over ${kind}, an end that asks nothing is closed after it closes`, async t => {
    const { peer, connection } = await setUp(t, { connect })
    peer.stream.end()
    await Promise.all([peer.ended, connection.closed])
    t.strictSame(peer.received, [])
  })

  test(`over ${kind}, requests before a truncated frame are answered, then the connection closes`, async t => {
    const signing = heldHandler(result)
    const { peer, connection } = await setUp(t, { connect, handlers: { sign: signing.handler }, options: { frameTimeoutMs: 20 } })
    peer.stream.end(Buffer.concat([framesOf({ ...ping, id: 2, method: 'sign', params }), framesOf({ ...ping, id: 2 }).subarray(0, 9)]))
    await signing.called(1)
    await new Promise(resolve => setTimeout(resolve, 80))
    t.strictSame(peer.received, [])
    signing.releases[0]?.()
    await Promise.all([peer.ended, connection.closed])
    t.strictSame(peer.received, [{ jsonrpc: '2.0', id: 2, result }])
  })
}

test('requests cut anywhere are the same requests', async t => {
  const { peer } = await setUp(t)
  for (const byte of framesOf({ ...ping, id: 1 }, { ...ping, id: 2, method: 'sign', params })) peer.stream.write(Buffer.of(byte))
  t.strictSame(await peer.first(2), [{ jsonrpc: '2.0', id: 1, result: pong }, { jsonrpc: '2.0', id: 2, result }])
})

const refused: [name: string, bytes: Buffer, number: number, code: string, message: RegExp][] = [
  ['malformed JSON', framesOf('{"jsonrpc":'), -32700, 'PARSE_ERROR', /^11 bytes that are not JSON/],
  ['JSON that is no JSON-RPC', framesOf('{"hello":1}'), -32600, 'INVALID_REQUEST', /^11 bytes that are not one JSON-RPC/],
  ['a batch', framesOf([{ ...ping, id: 5 }]), -32600, 'INVALID_REQUEST', /not one JSON-RPC/],
  ['a notification', framesOf(ping), -32600, 'INVALID_REQUEST', /whole-number id/],
  ['an empty frame', Buffer.alloc(4), -32600, 'INVALID_REQUEST', /^a frame without a payload$/],
  ['an announcement of 4 GiB', Buffer.alloc(4, 0xff), -32600, 'INVALID_REQUEST', /^a frame of 4294967295 bytes; at most 262144 are taken$/],
  ['one byte more than a frame may hold', Buffer.from('00040001', 'hex'), -32600, 'INVALID_REQUEST', /^a frame of 262145 bytes/],
  ['an HTTP request', Buffer.from('GET / HTTP/1.1\r\n\r\n'), -32600, 'INVALID_REQUEST', /^a frame of 1195725856 bytes/],
]

for (const [name, bytes, number, code, message] of refused) {
  test(`${name} is answered once without an id and ends the connection`, async t => {
    const { peer, connection } = await setUp(t)
    peer.stream.write(Buffer.concat([framesOf({ ...ping, id: 1 }), bytes, framesOf({ ...ping, id: 2 })]))
    await peer.ended
    t.match(peer.received, [{ id: 1, result: pong }, { jsonrpc: '2.0', id: null, error: { code: number, message, data: { code } } }])
    t.equal(peer.received.length, 2, 'what came before is answered, what comes after is not')
    peer.stream.end()
    await connection.closed
  })
}

test('an id that is in flight already ends the connection; an answered id may be used again', async t => {
  const signing = heldHandler(result)
  const { peer } = await setUp(t, { handlers: { sign: signing.handler } })
  peer.ask('ping', {}, 1)
  peer.ask('ping', {}, 1)
  peer.ask('sign', params, 1)
  await signing.called(1)
  signing.releases[0]?.()
  await peer.first(3)
  peer.ask('sign', params, 1)
  await signing.called(2)
  peer.ask('ping', {}, 1)
  await peer.ended
  t.match(peer.received.at(-1), {
    id: null, error: { code: -32600, message: 'a request under an id that is in flight', data: { code: 'DUPLICATE_ID' } },
  })
  t.equal(peer.received.length, 4)
  signing.releases[1]?.()
  await turns()
  t.equal(peer.received.length, 4, 'nothing follows a refusal')
})

test('faults that belong to a request are answered to it, and the connection lives on', async t => {
  const reported: unknown[] = []
  const { peer } = await setUp(t, {
    handlers: {
      sign: () => { throw new Error('secret') },
      attest: async () => { throw new EnclaveError('NSM_FAILED', 'the device is busy') },
      loadKey: () => ({}) as never,
    },
    options: { onInternalError: (method, error) => { reported.push([method, (error as Error).message]) } },
  })
  peer.ask('nothing', {}, 1)
  peer.ask('ping', { extra: 1 }, 2)
  peer.ask('sign', params, 3)
  peer.ask('attest', {}, 4)
  peer.ask('loadKey', samples.loadKey.params, 5)
  peer.ask('ping', {}, 6)
  const answers = (await peer.first(6)).sort((a, b) => Number(a.id) - Number(b.id))
  t.strictSame(answers.map(({ id, error }) => [id, error?.data?.code, error?.message]), [
    [1, 'METHOD_NOT_FOUND', 'there is no such method'],
    [2, 'INVALID_PARAMS', 'params has a member that is not known'],
    [3, 'INTERNAL', 'sign failed'],
    [4, 'NSM_FAILED', 'the device is busy'],
    [5, 'INTERNAL', 'loadKey has no answer that can be sent'],
    [6, undefined, undefined],
  ])
  t.strictSame(reported, [['sign', 'secret'], ['loadKey', 'result.record is missing']])
})

test('an attestation document larger than a frame may carry is INTERNAL, and the connection lives on', async t => {
  const reported: unknown[] = []
  const { peer } = await setUp(t, {
    handlers: { attest: () => ({ attestationDocument: Buffer.alloc(300_000).toString('base64') }) },
    options: { onInternalError: method => { reported.push(method) } },
  })
  peer.ask('attest', {}, 1)
  peer.ask('ping', {}, 2)
  t.match(await peer.first(2), [{ id: 1, error: { data: { code: 'INTERNAL' } } }, { id: 2, result: pong }])
  t.strictSame(reported, ['attest'])
})

test('half a frame that does not go on is refused in time, however slowly it trickles', async t => {
  const { peer } = await setUp(t, { options: { frameTimeoutMs: 100 } })
  const trickle = setInterval(() => { peer.stream.write('0') }, 10)
  t.teardown(() => { clearInterval(trickle) })
  peer.stream.write(Buffer.from('00040000', 'hex'))
  await peer.ended
  clearInterval(trickle)
  t.match(peer.received, [{ id: null, error: { message: 'a frame did not arrive whole in time', data: { code: 'INVALID_REQUEST' } } }])
})

test('a frame that arrives whole in time is not refused later', async t => {
  const { peer } = await setUp(t, { options: { frameTimeoutMs: 1000 } })
  const frame = framesOf({ ...ping, id: 1 })
  peer.stream.write(frame.subarray(0, 9))
  await turns()
  peer.stream.write(frame.subarray(9))
  await peer.first(1)
  await new Promise(resolve => setTimeout(resolve, 1100))
  peer.ask('ping', {}, 2)
  t.match(await peer.first(2), [{ id: 1 }, { id: 2, result: pong }])
})

test('the time in which a connection is not read does not count against its half frame', async t => {
  const signing = heldHandler(result)
  const { peer } = await setUp(t, { handlers: { sign: signing.handler }, options: { requestsInFlight: 1, frameTimeoutMs: 1000 } })
  const second = framesOf({ ...ping, id: 2 })
  peer.stream.write(Buffer.concat([framesOf({ ...ping, id: 1, method: 'sign', params }), second.subarray(0, 9)]))
  await signing.called(1)
  await new Promise(resolve => setTimeout(resolve, 1200))
  signing.releases[0]?.()
  await peer.first(1)
  peer.stream.write(second.subarray(9))
  t.match(await peer.first(2), [{ id: 1, result }, { id: 2, result: pong }])
})

test('no more requests than the limit are worked on, even when all come in one piece', async t => {
  const signing = heldHandler(result)
  const { peer, connection } = await setUp(t, { handlers: { sign: signing.handler }, options: { requestsInFlight: 3 } })
  peer.ask('sign', params, ...Array.from({ length: 10 }, (_, id) => id))
  await signing.called(3)
  await turns()
  t.equal(signing.releases.length, 3)
  for (let done = 0; done < 10; done++) {
    await signing.called(done + 1)
    t.ok(connection.inFlight <= 3)
    signing.releases[done]?.()
  }
  t.strictSame((await peer.first(10)).map(({ id }) => id), Array.from({ length: 10 }, (_, id) => id))
})

test('a connection at its limit does not slow another one down', async t => {
  const signing = heldHandler(result)
  const busy = await setUp(t, { connect: sockets, handlers: { sign: signing.handler }, options: { requestsInFlight: 1 } })
  const other = await setUp(t, { connect: sockets })
  busy.peer.ask('sign', params, 1, 2)
  await signing.called(1)
  other.peer.ask('ping', {}, 1)
  t.match(await other.peer.first(1), [{ id: 1, result: pong }])
  busy.peer.stream.write(Buffer.alloc(4))
  busy.stream.destroy()
  await busy.connection.closed
  other.peer.ask('ping', {}, 2)
  t.match(await other.peer.first(2), [{ id: 1 }, { id: 2, result: pong }])
})

test('a million pings from an end that does not read are not taken in, and go on when it reads', async t => {
  let pings = 0
  const [near, far] = await sockets(t)
  const unreadBytes = 256 * 1024
  serveConnection(far, handlersWith({ ping: () => { pings++; return pong } }), { unreadBytes })
  near.pause()
  const batch = framesOf(...Array.from({ length: 1000 }, (_, id) => ({ ...ping, id })))
  let written = 0
  const writeOn = (): void => {
    if (written < 1000) near.write(batch, () => { written++; writeOn() })
  }
  writeOn()
  let before = -1
  while (before !== pings + written) {
    before = pings + written
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  const stalledAt = pings
  t.ok(written < 40, `${written} of 1,000 batches were taken`)
  t.ok(stalledAt > 0 && stalledAt < 40_000, `${stalledAt} pings were worked on`)
  t.ok(far.writableLength > 0 && far.writableLength < unreadBytes + 65536, `${far.writableLength} bytes wait for a reader`)
  written = 1000
  const peer = new Peer(near)
  near.resume()
  const last = await peer.first(stalledAt + 1)
  t.match(last.at(-1), { result: pong })
})

test('an end that reads slowly gets on even where less waits than the stream itself would hold', async t => {
  const writes: Buffer[] = []
  const releases: (() => void)[] = []
  const stream = new Duplex({
    read: () => undefined,
    write (chunk: Buffer, _encoding, done) {
      writes.push(chunk)
      releases.push(done)
    },
  })
  t.teardown(() => { stream.destroy() })
  serveConnection(stream, handlersWith(), { unreadBytes: 100 })
  for (let id = 1; id <= 3; id++) stream.push(framesOf({ ...ping, id }))
  for (let id = 1; id <= 3; id++) {
    await turns()
    t.equal(writes.length, id)
    t.equal(stream.isPaused(), true)
    releases[id - 1]?.()
  }
  await turns()
  t.equal(stream.isPaused(), false)
})

test('answers of one turn go out in one write', async t => {
  const writes: Buffer[] = []
  const stream = new Duplex({ read: () => undefined, write: (chunk: Buffer, _encoding, done) => { writes.push(chunk); done() } })
  t.teardown(() => { stream.destroy() })
  serveConnection(stream, handlersWith())
  stream.push(framesOf(...[1, 2, 3].map(id => ({ ...ping, id }))))
  await turns()
  t.strictSame(writes, [framesOf(...[1, 2, 3].map(id => ({ jsonrpc: '2.0', id, result: pong })))])
})

test('the end of the stream does not lose requests that wait for room', async t => {
  const signing = heldHandler(result)
  const { peer, connection } = await setUp(t, { handlers: { sign: signing.handler }, options: { requestsInFlight: 1 } })
  peer.ask('sign', params, 1, 2, 3)
  peer.stream.end()
  for (let done = 0; done < 3; done++) {
    await signing.called(done + 1)
    signing.releases[done]?.()
  }
  await Promise.all([peer.ended, connection.closed])
  t.strictSame(peer.received.map(({ id }) => id), [1, 2, 3])
})

test('a free place is taken at once, even while the answer that freed it waits for its reader', async t => {
  const signing = heldHandler(result)
  const stream = new Duplex({ read: () => undefined, write: () => undefined })
  t.teardown(() => { stream.destroy() })
  serveConnection(stream, handlersWith({ sign: signing.handler }), { requestsInFlight: 1 })
  stream.push(framesOf(...[1, 2, 3].map(id => ({ ...ping, id, method: 'sign', params }))))
  for (let done = 0; done < 3; done++) {
    await turns()
    t.equal(signing.releases.length, done + 1)
    signing.releases[done]?.()
  }
})

test('a refusal that had to wait for room reads the other end out', async t => {
  const signing = heldHandler(result)
  const { peer, stream } = await setUp(t, { handlers: { sign: signing.handler }, options: { requestsInFlight: 1 } })
  peer.stream.write(Buffer.concat([framesOf({ ...ping, id: 1, method: 'sign', params }), Buffer.alloc(4)]))
  await signing.called(1)
  t.equal(stream.isPaused(), true)
  signing.releases[0]?.()
  await peer.ended
  t.match(peer.received, [{ id: 1, result }, { id: null, error: { data: { code: 'INVALID_REQUEST' } } }])
  t.equal(stream.isPaused(), false)
})

test('a connection destroyed with requests in flight is closed, and its late answers go nowhere', async t => {
  const signing = heldHandler(result)
  const { peer, connection, stream } = await setUp(t, { handlers: { sign: signing.handler } })
  peer.ask('sign', params, 1, 2)
  await signing.called(2)
  const writes = t.capture(stream, 'write')
  connection.destroy()
  await connection.closed
  for (const release of signing.releases) release()
  await turns()
  t.equal(connection.inFlight, 0)
  t.strictSame(writes(), [])
})

test('a handler that destroys its connection is the last one called', async t => {
  let pings = 0
  const { peer, connection } = await setUp(t, { handlers: { ping: () => { pings++; connection.destroy(); return pong } } })
  peer.ask('ping', {}, 1, 2, 3)
  await connection.closed
  t.equal(pings, 1)
})

test('a failing stream closes the connection and works nothing off, and a later failure harms nobody', async t => {
  const signing = heldHandler(result)
  const { peer, connection, stream } = await setUp(t, { handlers: { sign: signing.handler }, options: { requestsInFlight: 1 } })
  peer.ask('sign', params, 1, 2)
  await signing.called(1)
  stream.destroy(new Error('reset'))
  await connection.closed
  stream.emit('error', new Error('again'))
  signing.releases[0]?.()
  await turns()
  t.equal(signing.releases.length, 1)
})

test('a stream that fails after a refusal, or whose end never reads why, is closed', async t => {
  const failing = await setUp(t)
  failing.peer.stream.write(Buffer.alloc(4))
  await failing.peer.first(1)
  failing.stream.destroy(new Error('reset'))
  await failing.connection.closed

  const [near, far] = await sockets(t)
  near.pause()
  const deaf = serveConnection(far, handlersWith())
  near.write(Buffer.alloc(4))
  await deaf.closed
  t.pass('closed by itself')
})

test('a refused end that keeps sending is not taken in', async t => {
  const { peer, stream } = await setUp(t)
  peer.stream.write(Buffer.alloc(4))
  await peer.first(1)
  const joined = t.capture(Buffer, 'concat', Buffer.concat.bind(Buffer))
  for (let count = 0; count < 64; count++) peer.stream.write(Buffer.alloc(65536))
  await turns(200)
  t.equal(stream.readableLength, 0)
  t.equal(joined().filter(({ args: [buffers] }) => buffers.length > 1).length, 0, 'nothing is put together')
  t.equal(peer.received.length, 1)
})

test('a connection on a stream that is closed already is closed', async t => {
  const stream = new Duplex()
  stream.destroy()
  await once(stream, 'close')
  await serveConnection(stream, handlersWith()).closed
  t.pass('closed')
})

test('the last activity is the last whole frame', async t => {
  const { peer, connection } = await setUp(t)
  const start = connection.lastActiveMs
  await new Promise(resolve => setTimeout(resolve, 5))
  const frame = framesOf({ ...ping, id: 1 })
  peer.stream.write(frame.subarray(0, 9))
  await turns()
  t.equal(connection.lastActiveMs, start)
  peer.stream.write(frame.subarray(9))
  await peer.first(1)
  t.ok(connection.lastActiveMs > start)
})

test('the time of a request counts from its arrival, whatever was worked on before it', async t => {
  const begun: number[] = []
  const keepBusy = (_params: object, { expiresMs }: Call): typeof pong => {
    begun.push(expiresMs)
    while (performance.now() < expiresMs - 59_980);
    return pong
  }
  const { peer } = await setUp(t, { handlers: { ping: keepBusy } })
  peer.send(...[60_000, 20].map((timeoutMs, index) => ({ ...ping, id: index + 1, context: { timeoutMs } })))
  const [first, second] = await peer.first(2)
  t.strictSame(first, { jsonrpc: '2.0', id: 1, result: pong })
  t.match(second, { id: 2, error: { data: { code: 'DEADLINE_EXCEEDED' } } })
  t.equal(begun.length, 1)
})

test('a process whose connections are over exits by itself, however they ended', async t => {
  const program = join(import.meta.dirname, 'fixtures/exits-by-itself.ts')
  const child = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'], timeout: 20_000 })
  const [output] = await Promise.all([child.stdout.setEncoding('utf8').toArray(), once(child, 'exit')])
  t.equal(output.join(''), 'all over, no timers\n')
  t.equal(child.exitCode, 0)
})

interface SetUp { peer: Peer, connection: ServedConnection, stream: Duplex }

interface SetUpOptions { connect?: Connect, handlers?: Partial<EnclaveHandlers>, options?: ServeOptions }

async function setUp (t: Test, { connect = duplexes, handlers = {}, options = {} }: SetUpOptions = {}): Promise<SetUp> {
  const [near, stream] = await connect(t)
  const connection = serveConnection(stream, handlersWith(handlers), options)
  t.teardown(() => { connection.destroy() })
  return { peer: new Peer(near), connection, stream }
}

/** A handler that answers when it is released; `called` settles when it has been called that many times. */
function heldHandler<R> (answer: R): { handler: () => Promise<R>, releases: (() => void)[], called: (times: number) => Promise<void> } {
  const releases: (() => void)[] = []
  const handler = async (): Promise<R> => new Promise(resolve => { releases.push(() => { resolve(answer) }) })
  const called = async (times: number): Promise<void> => {
    while (releases.length < times) await turns(1)
  }
  return { handler, releases, called }
}
