import { once } from 'node:events'
import { createServer } from 'node:https'
import { connect as connectTcp } from 'node:net'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TLSSocket } from 'node:tls'

import { test } from 'tap'

import { Handshakes } from '../../src/tls/handshakes.ts'
import { createAuthority } from '../fixtures/authority.ts'
import { openConnection } from '../fixtures/https-client.ts'

test('a connection has the value its handshake began with, and nothing is kept of handshakes that ended or were given up', async t => {
  const authority = createAuthority('an authority')
  const { certificate: cert, key } = authority.issue({ commonName: 'localhost', dns: ['localhost'], usage: 'server' })
  const handshakes = new Handshakes<string>()
  let value = 'before'
  const server = createServer({ cert, key })
  handshakes.watch(server, () => value)
  server.listen(0, '127.0.0.1')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const began = async (): Promise<void> => { while (handshakes.underWay === 0) await sleep(1) }
  const tcp = connectTcp(port, '127.0.0.1')
  await began()
  value = 'after'
  const secured = once(server, 'secureConnection')
  await openConnection(port, authority.certificate, undefined, { socket: tcp })
  const [socket] = await secured as [TLSSocket]
  t.equal(handshakes.of(socket), 'before')
  t.equal(handshakes.underWay, 0)
  const givenUp = connectTcp(port, '127.0.0.1')
  await began()
  givenUp.destroy()
  while (handshakes.underWay > 0) await sleep(1)
  t.pass()
})
