import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'

import { test } from 'tap'

import { connectToEnclave } from '../../src/enclave-client/connect.ts'

const never = new AbortController().signal

test('a port on which nothing listens is ENCLAVE_UNREACHABLE', async t => {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => server.close(resolve))
  await t.rejects(connectToEnclave(port, 1000, never), { code: 'ENCLAVE_UNREACHABLE', facts: { port } })
})

test('a connection that the other end gives up is over for its client', async t => {
  const server = createServer(socket => { socket.end() }).listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await new Promise(resolve => server.once('listening', resolve))
  const client = await connectToEnclave((server.address() as AddressInfo).port, 1000, never)
  t.match(await client.closed, { code: 'CONNECTION_LOST' })
})
