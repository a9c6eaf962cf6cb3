import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'

import { test } from 'tap'

import { checkPortIsFree, socatArguments } from '../../src/relay/socat.ts'
import { vsockProxyArguments } from '../../src/relay/vsock-proxy.ts'

test('the relays have the production command lines, socat on loopback only', async t => {
  t.equal(socatArguments(8888, 16).join(' '), 'tcp-listen:8888,fork,reuseaddr,bind=127.0.0.1,nodelay vsock-connect:16:8888')
  t.equal(socatArguments(9001, 17).join(' '), 'tcp-listen:9001,fork,reuseaddr,bind=127.0.0.1,nodelay vsock-connect:17:8888')
  t.equal(vsockProxyArguments(8000, 'eu-central-1').join(' '), '8000 kms.eu-central-1.amazonaws.com 443')
})

test('a port in use is told with what to do, a free one is left free', async t => {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await t.rejects(checkPortIsFree(port), { message: `port ${port} on 127.0.0.1 is in use by another program, perhaps another parent's relay; end it or set RELAY_PORT` })
  await new Promise(resolve => server.close(resolve))
  await t.resolves(checkPortIsFree(port))
  await t.resolves(checkPortIsFree(port))
})
