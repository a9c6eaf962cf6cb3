import { once } from 'node:events'
import { statSync, writeFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { createClient } from '@enclave-signer/protocol'
import { test } from 'tap'
import { startEnclave } from '../fixtures/enclave.ts'
import type { EnclaveUnderTest } from '../fixtures/enclave.ts'
import { frame } from '../fixtures/frame.ts'

async function opened (enclave: EnclaveUnderTest): Promise<Socket> {
  const socket = enclave.openSocket()
  await once(socket, 'connect')
  return socket
}

test('the socket is its owner\'s alone', async t => {
  await using enclave = await startEnclave()
  t.equal(statSync(enclave.socketPath).mode & 0o777, 0o600)
})

test('a file left in the socket\'s place by an earlier life is no obstacle', async t => {
  await using first = await startEnclave()
  writeFileSync(`${first.socketPath}2`, '')
  await using second = await startEnclave({ LISTEN_SOCKET: `${first.socketPath}2` })
  t.match(await second.client.request('ping', {}), { keysLoaded: 0 })
})

test('thousands of connections are bounded: the oldest idle ones are dropped, and pings on the one in use still answered', async t => {
  await using enclave = await startEnclave({ LIMIT_CONNECTIONS: '8' })
  let closed = 0
  for (let count = 0; count < 2000; count++) {
    const socket = await opened(enclave)
    socket.resume().once('close', () => { closed++ })
    if (count % 4 === 0) await enclave.client.request('ping', {})
  }
  await enclave.client.request('ping', {})
  await setImmediate()
  t.equal(closed, 2000 - 7)
  t.equal(enclave.lines.filter(({ event }) => event === 'connection.dropped').length, 2000 - 7)
})

const hostile: Record<string, Buffer> = {
  'announces 4 GiB': Buffer.from('ffffffff', 'hex'),
  'sends an empty frame': Buffer.alloc(4),
  'sends no JSON': frame('nonsense'),
  'nests ten thousand deep': frame('['.repeat(10_000) + ']'.repeat(10_000)),
  'sends a list': frame('[]'),
  'repeats an id': Buffer.concat([1, 1].map(id => frame(JSON.stringify({
    jsonrpc: '2.0', id, method: 'generateKey', params: { keyId: `k${id}`, keySpec: 'RSA_2048' },
  })))),
}

for (const [name, bytes] of Object.entries(hostile)) {
  test(`a connection that ${name} is ended, and another one is served on`, async t => {
    await using enclave = await startEnclave()
    const socket = await opened(enclave)
    socket.resume().write(bytes)
    socket.end()
    await once(socket, 'close')
    t.match(await enclave.client.request('ping', {}), { keysLoaded: Number })
  })
}

test('a request that arrives byte by byte is answered', async t => {
  await using enclave = await startEnclave()
  const socket = await opened(enclave)
  const answer = once(socket, 'data')
  for (const byte of frame('{"jsonrpc":"2.0","id":7,"method":"ping","params":{}}')) {
    socket.write(Buffer.from([byte]))
    await setImmediate()
  }
  const [chunk] = await answer as [Buffer]
  t.match(JSON.parse(chunk.subarray(4).toString()), { id: 7, result: { keysLoaded: 0 } })
})

test('an end that asks and never reads holds up nobody else, and is not worked for without end', async t => {
  await using enclave = await startEnclave()
  const socket = await opened(enclave)
  socket.pause()
  const request = frame('{"jsonrpc":"2.0","id":1,"method":"hello","params":{"protocolVersion":1}}')
  const flood = Buffer.concat(Array.from({ length: 2000 }, () => request))
  let taken = 0
  while (taken < 50 && socket.write(flood)) taken++
  await setImmediate()
  t.match(await enclave.client.request('ping', {}), { keysLoaded: 0 })
  t.ok(taken < 50, `${taken} floods were taken`)
})

test('when the enclave is closed every connection ends and every key is erased', async t => {
  const enclave = await startEnclave()
  await enclave.client.request('loadKey', { sealedKey: enclave.importOf('k', 'ECC_SECG_P256K1') })
  const socket = await opened(enclave)
  const closed = once(socket.resume(), 'close')
  await enclave[Symbol.asyncDispose]()
  await closed
  t.match(enclave.lines.filter(({ event }) => event === 'key.erased'), [{ keyId: 'k' }])
})

test('a client that comes after another has gone is served', async t => {
  await using enclave = await startEnclave()
  for (let round = 0; round < 3; round++) {
    const client = createClient(await opened(enclave))
    t.match(await client.request('hello', { protocolVersion: 1 }), { protocolVersion: 1 })
    client.close()
  }
})
