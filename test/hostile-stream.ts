import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createConnection } from 'node:net'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { createClient } from '@enclave-signer/protocol'
import { vsockPath } from '@enclave-signer/simulator'
import { test } from 'tap'

import { describeEnclaves, residentBytes } from './fixtures/enclave.ts'
import { startService } from './fixtures/service.ts'

/** What an enclave may grow by under attack: its connections' buffers, never what the attacker announces or sends. */
const allowedGrowthBytes = 96 * 1024 * 1024

test('a hostile parent at the enclave\'s socket', async t => {
  const service = await startService()
  t.teardown(async () => { await service.stop() })
  const path = vsockPath(join(service.dataDir, 'simulator'), 16, 8888)
  const [enclave] = describeEnclaves(service.dataDir)
  const pid = enclave?.ProcessID ?? 0
  const before = residentBytes(pid)

  const connect = async (): Promise<Socket> => {
    const socket = createConnection(path)
    socket.on('error', () => undefined)
    await once(socket, 'connect')
    return socket
  }
  const servesOn = async (what: string): Promise<void> => {
    const client = createClient(await connect(), { deadlineMs: 10_000 })
    const { keysLoaded } = await client.request('ping', {})
    client.close()
    t.type(keysLoaded, 'number', `${what}: the next honest request is served`)
    const answer = await service.post('/sign', { keyId: 'demo', message: 'aGVsbG8=' })
    t.equal(answer.status, 200, `${what}: the parent's own connection is unharmed`)
    const grown = residentBytes(pid) - before
    t.ok(grown < allowedGrowthBytes, `${what}: memory is bounded (grown by ${Math.round(grown / 1024 / 1024)} MiB)`)
  }
  const ended = async (socket: Socket): Promise<void> => {
    socket.resume()
    if (!socket.destroyed) await once(socket, 'close')
  }

  t.test('random bytes', async () => {
    for (let round = 0; round < 50; round++) {
      const socket = await connect()
      socket.end(randomBytes(64 * 1024))
      await ended(socket)
    }
    await servesOn('random bytes')
  })

  t.test('announcements of 4 GiB', async () => {
    for (let round = 0; round < 50; round++) {
      const socket = await connect()
      socket.write(Buffer.from('ffffffff7b', 'hex'))
      await ended(socket)
    }
    await servesOn('announcements')
  })

  t.test('half frames, many at once', async () => {
    const sockets: Socket[] = []
    for (let round = 0; round < 40; round++) {
      const socket = await connect()
      socket.write(Buffer.concat([Buffer.from('00040000', 'hex'), Buffer.alloc(200_000, '{')]))
      sockets.push(socket)
    }
    await sleep(100)
    await servesOn('half frames')
    for (const socket of sockets) socket.destroy()
  })

  t.test('JSON nested 100,000 deep, and wrong types', async () => {
    const bombs = [
      '['.repeat(100_000) + ']'.repeat(100_000),
      '{"a":'.repeat(30_000) + '1' + '}'.repeat(30_000),
      '{"jsonrpc":"2.0","id":1,"method":"sign","params":' + '['.repeat(100_000) + ']'.repeat(100_000) + '}',
      '{"jsonrpc":"2.0","id":1,"method":"sign","params":{"keyId":["demo"],"message":7}}',
      '{"jsonrpc":"2.0","id":1,"method":"constructor","params":{}}',
      '{"jsonrpc":"2.0","id":1,"method":"__proto__","params":{"__proto__":{"x":1}}}',
      '{"jsonrpc":"2.0","id":"1","method":"ping"}',
      'null',
    ]
    for (const bomb of bombs) {
      const socket = await connect()
      const header = Buffer.alloc(4)
      header.writeUInt32BE(Buffer.byteLength(bomb))
      socket.end(Buffer.concat([header, Buffer.from(bomb)]))
      const [answer] = await once(socket, 'data') as [Buffer]
      t.match(answer.subarray(4).toString(), /"error":\{"code":-\d+,"message":"[^"]*","data":\{"code":"(INVALID_PARAMS|METHOD_NOT_FOUND|INVALID_REQUEST|PARSE_ERROR)"\}\}/)
      await ended(socket)
    }
    await servesOn('JSON bombs')
  })

  t.test('a million pings whose answers nobody reads', async t => {
    const socket = await connect()
    socket.pause()
    const ping = Buffer.from('{"jsonrpc":"2.0","id":1,"method":"ping","params":{}}')
    const frame = Buffer.concat([Buffer.from([0, 0, 0, ping.length]), ping])
    const thousand = Buffer.concat(Array.from({ length: 1000 }, () => frame))
    let taken = 0
    for (let round = 0; round < 1000; round++) {
      if (!socket.write(thousand)) {
        const drained = await Promise.race([once(socket, 'drain').then(() => true), sleep(1000, false)])
        if (!drained) break
      }
      taken = socket.bytesWritten - socket.writableLength
    }
    t.ok(taken < 32 * 1024 * 1024, `the enclave stopped reading after ${taken} bytes`)
    await servesOn('unread pings')
    socket.destroy()
  })

  t.test('two thousand connections', async () => {
    const sockets: Socket[] = []
    for (let round = 0; round < 2000; round++) sockets.push(createConnection(path).on('error', () => undefined))
    await sleep(500)
    await servesOn('connections')
    for (const socket of sockets) socket.destroy()
  })
})
