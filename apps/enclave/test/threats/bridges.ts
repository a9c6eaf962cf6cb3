import { once } from 'node:events'
import { createServer } from 'node:net'
import type { Socket } from 'node:net'
import { createClient } from '@enclave-signer/protocol'
import { test } from 'tap'
import type { Test } from 'tap'
import { kmsBridgeArguments, parentBridgeArguments } from '../../src/boot/bridge-arguments.ts'
import { keepBridge } from '../../src/boot/bridge.ts'
import type { Reaper } from '../../src/boot/reaper.ts'
import { configFromEnvironment } from '../../src/config/environment.ts'
import { childrenOf, connectWhenUp, until, withSocat } from '../fixtures/boot.ts'
import { startEnclave } from '../fixtures/enclave.ts'
import { keyArn } from '../fixtures/kms-server.ts'
import { socketPathFor } from '../fixtures/socket-path.ts'

/** The bridge's own command line, with a Unix socket in the place of vsock. */
function startBridge (t: Test, args: string[]): { pid: () => number } {
  const over = new AbortController()
  let pid = 0
  const reaper: Reaper = { spare: child => { pid = child.pid ?? 0 } }
  keepBridge({ name: 'parent', args, path: process.env.PATH, reaper, log: () => undefined }, () => undefined, over.signal).catch((error: unknown) => { t.error(error) })
  t.teardown(() => { over.abort() })
  return { pid: () => pid }
}

async function open (path: string): Promise<Socket> {
  const socket = await connectWhenUp(path)
  socket.on('end', () => { socket.end() })
  return socket
}

test('connections without end through the bridge are bounded, those held open for no use make room, and pings are still answered', withSocat, async t => {
  await using enclave = await startEnclave({ LIMIT_CONNECTIONS: '8' })
  const front = socketPathFor(t)
  const config = { listenSocket: enclave.socketPath, limits: configFromEnvironment({ AWS_REGION: 'us-east-1', KMS_KEY_ARN: keyArn, LIMIT_CONNECTIONS: '8' }).limits }
  const args = parentBridgeArguments(config).map(arg => arg.replace('VSOCK-LISTEN:8888', `UNIX-LISTEN:${front},backlog=1024`))
  const { pid } = startBridge(t, args)
  const held = await Promise.all(Array.from({ length: 200 }, async () => await open(front)))
  let most = 0
  const client = createClient(await open(front))
  const answered = client.request('ping', {})
  let over = false
  answered.finally(() => { over = true }).catch(() => undefined)
  await until(() => {
    most = Math.max(most, childrenOf(pid()).length)
    return over
  })
  t.match(await answered, { keysLoaded: 0 })
  t.ok(most <= 24, `${most} processes`)
  client.close()
  for (const socket of held) socket.destroy()
})

test('a KMS that takes connections and never speaks loses them, and the bridge their processes', withSocat, async t => {
  const silent = socketPathFor(t)
  const front = `${silent}-front`
  const server = createServer(() => undefined)
  server.listen(silent)
  t.teardown(() => { server.close() })
  const args = kmsBridgeArguments({ kmsSocket: front, kmsProxyPort: 8000 }).map(arg => arg.replace('VSOCK-CONNECT:3:8000', `UNIX-CONNECT:${silent}`).replace('-T60', '-T1'))
  const { pid } = startBridge(t, args)
  const socket = await open(front)
  await until(() => childrenOf(pid()).length === 1)
  socket.resume()
  await once(socket, 'close')
  await until(() => childrenOf(pid()).length === 0)
  t.pass()
})
