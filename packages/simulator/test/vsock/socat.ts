import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createConnection, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { test } from 'tap'
import type { Test } from 'tap'

import { findRealSocat } from '../../src/vsock/socat/real-socat.ts'
import { parseSocatAddress, unixAddress, vsockAddressOf } from '../../src/vsock/socat/address.ts'
import { vsockDirectory, vsockPath } from '../../src/vsock/vsock-path.ts'
import { freePort } from '../fixtures/port.ts'
import { binDirectory, environmentOf, run, start } from '../fixtures/run.ts'

const ownPath = join(binDirectory, 'socat.mjs')
const real = findRealSocat(process.env.PATH ?? '', ownPath)

/** A host's directory with somebody at CID 16, port 8888 who gives everything back and then says so. */
async function startEcho (t: Test): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'sim-'))
  writeFileSync(join(directory, 'host.json'), '{}')
  const sockets = vsockDirectory(directory)
  mkdirSync(sockets, { recursive: true })
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('end', () => { socket.end('END') })
    socket.on('error', () => undefined)
    socket.pipe(socket, { end: false })
  })
  server.listen(vsockPath(directory, 16, 8888))
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    rmSync(directory, { recursive: true })
    rmSync(sockets, { recursive: true, force: true })
  })
  return directory
}

async function connect (port: number): Promise<Socket> {
  for (;;) {
    const socket = createConnection({ port, host: '127.0.0.1', allowHalfOpen: true })
    try {
      await once(socket, 'connect')
      return socket
    } catch {
      await delay(20)
    }
  }
}

const ways = {
  'through the installed socat': { path: process.env.PATH ?? '', skip: real === undefined ? 'socat is not installed' : false },
  'in Node, where no socat is installed': { path: [binDirectory, dirname(process.execPath)].join(delimiter), skip: false },
}

for (const [way, { path, skip }] of Object.entries(ways)) {
  test(`socat relays many connections at once with half-close, ${way}`, { skip }, async (t) => {
    const directory = await startEcho(t)
    const port = await freePort()
    const relay = start('socat', [`TCP-LISTEN:${port},fork,reuseaddr,bind=127.0.0.1`, 'VSOCK-CONNECT:16:8888'], environmentOf(directory, { PATH: [dirname(process.execPath), path].join(delimiter) }))
    t.teardown(() => relay.kill('SIGKILL'))
    const messages = Array.from({ length: 4 }, () => randomBytes(300_000))
    const answers = await Promise.all(messages.map(async (message) => {
      const socket = await connect(port)
      socket.end(message)
      return await buffer(socket)
    }))
    t.same(answers.map((answer) => answer.toString('latin1')), messages.map((message) => `${message.toString('latin1')}END`))
    relay.kill('SIGTERM')
    await once(relay, 'exit')
    await t.rejects(once(createConnection({ port, host: '127.0.0.1' }), 'connect'), { code: 'ECONNREFUSED' }, 'nothing listens any more')
  })
}

test('without an enclave a connection is closed and the relay goes on', async (t) => {
  const directory = await startEcho(t)
  const port = await freePort()
  const relay = start('socat', [`tcp-listen:${port},fork,reuseaddr,bind=127.0.0.1`, 'vsock-connect:17:8888'], environmentOf(directory, { PATH: ways['in Node, where no socat is installed'].path }))
  t.teardown(() => relay.kill('SIGKILL'))
  for (const attempt of [1, 2]) {
    const socket = await connect(port)
    socket.on('error', () => undefined).on('end', () => socket.end()).resume()
    await once(socket, 'close')
    t.pass(`attempt ${attempt}`)
  }
})

test('what Node cannot stand in for is refused', async (t) => {
  const directory = await startEcho(t)
  const environment = environmentOf(directory, { PATH: dirname(process.execPath) })
  t.match(await run('socat', ['stdio', 'vsock-connect:16:8888'], environment), { stderr: /socat\[\d+\] E .*tcp-listen to vsock-connect only/, exitCode: 1 })
})

test('a port that is taken ends socat with status 1', async (t) => {
  const directory = await startEcho(t)
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  const environment = environmentOf(directory, { PATH: dirname(process.execPath) })
  t.match(await run('socat', [`tcp-listen:${port},fork,bind=127.0.0.1`, 'vsock-connect:16:8888'], environment), { stderr: /EADDRINUSE/, exitCode: 1 })
})

test('the real socat is the first on the path that is not this one', async (t) => {
  t.equal(findRealSocat([binDirectory, ''].join(delimiter), ownPath), undefined)
  t.equal(findRealSocat('/nowhere', ownPath), undefined)
  if (real !== undefined) t.equal(findRealSocat([binDirectory, dirname(real)].join(delimiter), ownPath), real)
  t.ok(existsSync(ownPath))
})

test('vsock addresses become Unix sockets with the same options', async (t) => {
  t.same(vsockAddressOf(parseSocatAddress('VSOCK-CONNECT:16:8888,retry=3'), 3), { listens: false, cid: 16, port: 8888 })
  t.same(vsockAddressOf(parseSocatAddress('vsock-listen:8000,fork'), 3), { listens: true, cid: 3, port: 8000 })
  t.equal(vsockAddressOf(parseSocatAddress('tcp-listen:1,fork'), 3), undefined)
  t.equal(unixAddress('vsock-connect:16:8888,retry=3', false, '/tmp/a,b.sock'), 'unix-connect:/tmp/a\\,b.sock,retry=3')
})
