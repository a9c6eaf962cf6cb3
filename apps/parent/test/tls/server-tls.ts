import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import type { AddressInfo } from 'node:net'
import { X509Certificate } from 'node:crypto'
import { text } from 'node:stream/consumers'

import { test } from 'tap'
import type { Test } from 'tap'

import { callersIn } from '../../src/callers/callers.ts'
import type { CallerEntry } from '../../src/callers/callers-file.ts'
import { ClientAuthorities } from '../../src/tls/client-authorities.ts'
import { ServerTls } from '../../src/tls/server-tls.ts'
import type { TlsMaterial } from '../../src/tls/secure-context.ts'
import { createAuthority, daysFromNow } from '../fixtures/authority.ts'
import type { Authority } from '../fixtures/authority.ts'
import { as, callerWithToken, tableOf } from '../fixtures/callers.ts'
import { openConnection } from '../fixtures/https-client.ts'
import { createService } from '../fixtures/service.ts'

const authority = createAuthority('an authority')
const stranger = createAuthority('a strange authority')
const server = authority.issue({ commonName: 'localhost', dns: ['localhost'], usage: 'server' })
const client = authority.issue({ commonName: 'client', dns: ['client.internal'] })

function materialOf (clientAuthorities: Authority[], { certificate, key } = server): TlsMaterial {
  const pems = clientAuthorities.map(one => one.certificate)
  return {
    certificates: certificate,
    key,
    clientAuthorities: pems.length === 0 ? undefined : new ClientAuthorities(pems.join(''), pems.map(pem => new X509Certificate(pem))),
    expiresAt: 0,
  }
}

const permissions: CallerEntry['permissions'] = [{ actions: ['keys:read'], keys: ['*'] }]
const ofCertificate: CallerEntry = { name: 'certified', credentials: [{ clientCertificate: { dns: 'client.internal' } }], permissions }

interface Listening {
  port: number
  tls: ServerTls
  clock: { now: number }
  callers: { inForce: ReturnType<typeof tableOf> }
}

async function listen (t: Test, material = materialOf([authority])): Promise<Listening> {
  const tls = new ServerTls(material)
  const clock = { now: Date.now() }
  const callers = { inForce: tableOf(ofCertificate, callerWithToken('token', permissions)) }
  const { app } = await createService(t, { tls, callers: callersIn(() => callers.inForce), now: () => clock.now })
  await app.listen({ port: 0, host: '127.0.0.1' })
  t.teardown(() => { app.server.closeAllConnections() })
  return { port: (app.server.address() as AddressInfo).port, tls, clock, callers }
}

test('a client certificate of the authority names its caller, and one the file does not name is nobody\'s', async t => {
  const { port } = await listen(t)
  t.same(await (await openConnection(port, authority.certificate, client)).get('/keys'), { status: 200, code: undefined })
  const other = authority.issue({ commonName: 'other', dns: ['other.internal'] })
  t.same(await (await openConnection(port, authority.certificate, other)).get('/keys'), { status: 401, code: 'CALLER_UNKNOWN' })
})

test('without a certificate a token does, and without either nobody is known', async t => {
  const { port } = await listen(t)
  const connection = await openConnection(port, authority.certificate)
  t.same(await connection.get('/keys', as('token')), { status: 200, code: undefined })
  t.same(await connection.get('/keys'), { status: 401, code: 'CALLER_UNKNOWN' })
  t.same(await connection.get('/livez'), { status: 200, code: undefined })
})

for (const [title, identity, code] of [
  ['a certificate of another authority', stranger.issue({ commonName: 'client', dns: ['client.internal'] }), 'CALLER_UNKNOWN'],
  ['a certificate that names itself as its authority', createAuthority('client').issue({ commonName: 'client', dns: ['client.internal'] }), 'CALLER_UNKNOWN'],
  ['a certificate for servers', authority.issue({ commonName: 'client', dns: ['client.internal'], usage: 'server' }), 'CALLER_UNKNOWN'],
  ['a certificate that has expired', authority.issue({ commonName: 'client', dns: ['client.internal'], notAfter: daysFromNow(-0.5) }), 'CALLER_CREDENTIALS_EXPIRED'],
  ['a certificate that is not valid yet', authority.issue({ commonName: 'client', dns: ['client.internal'], notBefore: daysFromNow(0.5) }), 'CALLER_UNKNOWN'],
] as const) {
  test(`${title} names nobody, and a token does beside it`, async t => {
    const { port } = await listen(t)
    const connection = await openConnection(port, authority.certificate, identity)
    t.same(await connection.get('/keys', as('token')), { status: 200, code: undefined })
    t.same(await connection.get('/keys'), { status: 401, code })
  })
}

test('a certificate in the name of the authority, signed by somebody else, gets nowhere', async t => {
  const { port } = await listen(t)
  const forged = createAuthority('an authority').issue({ commonName: 'client', dns: ['client.internal'] })
  for (let times = 0; times < 5; times++) {
    const connection = await openConnection(port, authority.certificate, forged)
    // OpenSSL may end the connection over the wrong signature before it is judged.
    t.ok([0, 400, 401].includes((await connection.get('/keys')).status))
    t.equal((await (await openConnection(port, authority.certificate, client)).get('/keys')).status, 200, 'nobody else is disturbed')
  }
})

test('without authorities no certificate is asked for', async t => {
  const { port } = await listen(t, materialOf([]))
  t.same(await (await openConnection(port, authority.certificate, client)).get('/keys'), { status: 401, code: 'CALLER_UNKNOWN' })
})

test('a certificate that expires while its connection is open is refused from then on', async t => {
  const { port, clock } = await listen(t)
  const connection = await openConnection(port, authority.certificate, client)
  t.equal((await connection.get('/keys')).status, 200)
  clock.now = daysFromNow(2).getTime()
  t.same(await connection.get('/keys'), { status: 401, code: 'CALLER_CREDENTIALS_EXPIRED' })
})

test('a caller that is taken out of the file is refused with the next request on the same connection', async t => {
  const { port, callers } = await listen(t)
  const connection = await openConnection(port, authority.certificate, client)
  t.equal((await connection.get('/keys')).status, 200)
  callers.inForce = tableOf()
  t.same(await connection.get('/keys'), { status: 401, code: 'CALLER_UNKNOWN' })
})

test('a connection whose certificate is refused is closed, so that the client comes back with the one it has by then', async t => {
  const { port } = await listen(t)
  const connection = await openConnection(port, authority.certificate, stranger.issue({ commonName: 'x', dns: ['client.internal'] }))
  const closed = once(connection.socket, 'close')
  t.equal((await connection.get('/keys')).status, 401)
  await closed
  const withoutAny = await openConnection(port, authority.certificate)
  t.same([(await withoutAny.get('/keys')).status, (await withoutAny.get('/keys', as('token'))).status], [401, 200], 'others stay open')
})

test('an authority that is taken out is not believed on open connections either, one that stays is', async t => {
  const former = createAuthority('a former authority')
  const { port, tls } = await listen(t, materialOf([authority, former]))
  const staying = await openConnection(port, authority.certificate, client)
  const going = await openConnection(port, authority.certificate, former.issue({ commonName: 'x', dns: ['client.internal'] }))
  const asking = async (): Promise<number[]> => [(await staying.get('/keys')).status, (await going.get('/keys')).status]
  t.same(await asking(), [200, 200])
  tls.replace(materialOf([authority]))
  t.same(await asking(), [200, 401])
})

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  const only = { minVersion: version, maxVersion: version }

  test(`a client that sends its certificate with those between it and the root is known over ${version}, until an authority is taken out`, async t => {
    const former = createAuthority('a former authority')
    const { port, tls } = await listen(t, materialOf([authority, former]))
    const viaIntermediate = authority.delegate('an intermediate').delegate('one below').issue({ commonName: 'x', dns: ['client.internal'] })
    const connection = await openConnection(port, authority.certificate, viaIntermediate, only)
    t.equal((await connection.get('/keys')).status, 200)
    tls.replace(materialOf([authority, former, stranger]))
    t.equal((await connection.get('/keys')).status, 200, 'an authority more disturbs nobody')
    tls.replace(materialOf([authority]))
    t.same(await connection.get('/keys'), { status: 401, code: 'CALLER_UNKNOWN' }, 'nobody knows by which of them it was')
    t.equal((await (await openConnection(port, authority.certificate, viaIntermediate, only)).get('/keys')).status, 200)
    tls.replace(materialOf([former]))
    t.equal((await (await openConnection(port, authority.certificate, viaIntermediate, only)).get('/keys')).status, 401)
  })

  test(`over ${version} a handshake that began before an authority was taken out counts as one from before`, async t => {
    const former = createAuthority('a former authority')
    const { port, tls } = await listen(t, materialOf([authority, former]))
    const tcp = connectTcp(port, '127.0.0.1')
    await once(tcp, 'connect')
    // The server has taken the connection once another one after it is served.
    t.equal((await (await openConnection(port, authority.certificate)).get('/livez')).status, 200)
    tls.replace(materialOf([authority]))
    const going = await openConnection(port, authority.certificate, former.issue({ commonName: 'x', dns: ['client.internal'] }), { ...only, socket: tcp })
    t.same(await going.get('/keys'), { status: 401, code: 'CALLER_UNKNOWN' })
  })
}

test('a new server certificate is shown to new connections, and open ones go on', async t => {
  const { port, tls } = await listen(t)
  const before = await openConnection(port, authority.certificate, client)
  const renewed = createAuthority('renewed')
  tls.replace(materialOf([authority], renewed.issue({ commonName: 'localhost', dns: ['localhost'], usage: 'server' })))
  t.equal((await before.get('/keys')).status, 200)
  t.equal((await (await openConnection(port, renewed.certificate, client)).get('/keys')).status, 200)
  await t.rejects(openConnection(port, authority.certificate), { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' })
})

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`${version} is spoken, and no session is resumed`, async t => {
    const { port } = await listen(t)
    const { socket, get } = await openConnection(port, authority.certificate, client, { minVersion: version, maxVersion: version })
    t.equal(socket.getProtocol(), version)
    t.equal((await get('/keys')).status, 200)
    const resuming = { minVersion: version, maxVersion: version, session: socket.getSession() }
    const again = await openConnection(port, authority.certificate, undefined, resuming)
    t.equal(again.socket.isSessionReused(), false)
    t.equal((await again.get('/keys')).status, 401, 'the certificate of an earlier connection counts no more')
  })
}

test('older versions are refused', async t => {
  const { port } = await listen(t)
  const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const
  await t.rejects(openConnection(port, authority.certificate, client, old), { code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' })
})

test('a client cannot renegotiate', async t => {
  const { port } = await listen(t)
  const { socket, get } = await openConnection(port, authority.certificate, client, { maxVersion: 'TLSv1.2' })
  t.equal((await get('/keys')).status, 200)
  const error = await new Promise<Error | null>(resolve => {
    socket.once('error', resolve)
    socket.renegotiate({}, resolve)
  })
  t.match(error, { code: 'ERR_SSL_NO_RENEGOTIATION' })
})

test('plain HTTP on the port of TLS is not answered, and the service goes on', async t => {
  const { port } = await listen(t)
  const socket = connectTcp(port, '127.0.0.1')
  socket.on('error', () => undefined)
  socket.write('GET /livez HTTP/1.1\r\nhost: x\r\n\r\n')
  const [answer] = await Promise.all([text(socket).catch(() => ''), once(socket, 'close')])
  t.notMatch(answer, /200/)
  t.equal((await (await openConnection(port, authority.certificate)).get('/livez')).status, 200)
})
