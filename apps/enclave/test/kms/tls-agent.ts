import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { test } from 'tap'
import { amazonRoots } from '../../src/kms/amazon-roots.ts'
import { AttestedKms } from '../../src/kms/attested-kms.ts'
import { readCredentials } from '../../src/kms/credentials.ts'
import { createRecipient } from '../../src/recipient/recipient.ts'
import type { Recipient } from '../../src/recipient/recipient.ts'
import { createClock } from '../../src/clock.ts'
import { createAuthority } from '../fixtures/certificates.ts'
import type { Identity } from '../fixtures/certificates.ts'
import { keyArn, kmsHost, startKmsServer } from '../fixtures/kms-server.ts'
import { PlainNsm } from '../fixtures/nsm.ts'

const trusted = createAuthority('Trusted Test Root')
const strange = createAuthority('Trusted Test Root')
const recipient = await createRecipient(new PlainNsm())
const context = { name: 'a' }

function connect (socketPath: string, roots: readonly string[], to: Recipient = recipient): AttestedKms {
  const kms = new AttestedKms({ region: 'us-east-1', keyArn, recipient: to, connection: { socketPath, host: kmsHost, roots }, clock: createClock(), onClockCorrected: () => undefined })
  kms.setCredentials(readCredentials({ accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: 'token', expiresAt: 1000 }, 0))
  return kms
}

test('a KMS under the right root and name is asked', async t => {
  await using server = await startKmsServer(trusted.issue({ host: kmsHost }))
  const kms = connect(server.socketPath, [trusted.root])
  t.same(await kms.decrypt(server.memory.encrypt(Buffer.from('plain'), context), context), Buffer.from('plain'))
  kms.close()
})

const refused: Record<string, [identity: Identity, roots: readonly string[], code: string]> = {
  'a root of his own': [createAuthority('Strange Root').issue({ host: kmsHost }), [trusted.root], 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
  'a root of his own with the right name': [strange.issue({ host: kmsHost }), [trusted.root], 'CERT_SIGNATURE_FAILURE'],
  'a root that is not Amazon\'s': [trusted.issue({ host: kmsHost }), amazonRoots, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
  'the name of another region\'s KMS': [trusted.issue({ host: 'kms.us-east-2.amazonaws.com' }), [trusted.root], 'ERR_TLS_CERT_ALTNAME_INVALID'],
  'the name of another service': [trusted.issue({ host: 's3.us-east-1.amazonaws.com' }), [trusted.root], 'ERR_TLS_CERT_ALTNAME_INVALID'],
  'a certificate that has expired': [trusted.issue({ host: kmsHost, notAfter: new Date(Date.now() - 1000) }), [trusted.root], 'CERT_HAS_EXPIRED'],
  'a certificate that is not valid yet': [trusted.issue({ host: kmsHost, notBefore: new Date(Date.now() + 3_600_000) }), [trusted.root], 'CERT_NOT_YET_VALID'],
}

for (const [name, [identity, roots, code]] of Object.entries(refused)) {
  test(`a parent that answers KMS calls himself, with ${name}, is not sent a request`, async t => {
    await using server = await startKmsServer(identity)
    const kms = connect(server.socketPath, roots)
    await t.rejects(kms.decrypt(Buffer.alloc(10), context), { code: 'KMS_UNTRUSTED', message: `KMS Decrypt: ${code}` })
    t.same(server.calls, [])
    kms.close()
  })
}

test('what was not received over the TLS connection never reaches the CMS code', async t => {
  let opened = 0
  const watching: Recipient = { attest: async () => await recipient.attest(), open: cms => { opened++; return recipient.open(cms) } }
  await using server = await startKmsServer(strange.issue({ host: kmsHost }))
  const kms = connect(server.socketPath, [trusted.root], watching)
  await t.rejects(kms.decrypt(Buffer.alloc(10), context), { code: 'KMS_UNTRUSTED' })
  t.equal(opened, 0)
  kms.close()
})

test('the environment cannot switch the certificate check off', async t => {
  const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
  t.teardown(() => {
    if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED
    else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before
  })
  await using server = await startKmsServer(strange.issue({ host: kmsHost }))
  const kms = connect(server.socketPath, [trusted.root])
  await t.rejects(kms.decrypt(Buffer.alloc(10), context), { code: 'KMS_UNTRUSTED' })
  t.same(server.calls, [])
  kms.close()
})

test('a socket with nobody behind it is KMS out of reach', async t => {
  const kms = connect('/nonexistent/kms.sock', [trusted.root])
  await t.rejects(kms.decrypt(Buffer.alloc(10), context), { code: 'KMS_UNREACHABLE', message: 'KMS Decrypt: ENOENT' })
  kms.close()
})

test('a relay that speaks no TLS, or hangs up, is KMS out of reach', async t => {
  for (const [words, message] of [['HTTP/1.1 200 OK\r\n\r\n', 'KMS Decrypt: EPROTO'], ['', 'KMS Decrypt: ECONNRESET']] as const) {
    await using server = await startKmsServer(trusted.issue({ host: kmsHost }))
    const relay = createServer(socket => { socket.on('error', () => undefined).end(words).resume() })
    const socketPath = `${server.socketPath}.relay`
    relay.listen(socketPath)
    await once(relay, 'listening')
    const kms = connect(socketPath, [trusted.root])
    await t.rejects(kms.decrypt(Buffer.alloc(10), context), { code: 'KMS_UNREACHABLE' }, message)
    kms.close()
    relay.close()
    await rm(socketPath, { force: true })
  }
})

test('one connection serves many calls', async t => {
  await using server = await startKmsServer(trusted.issue({ host: kmsHost }))
  const kms = connect(server.socketPath, [trusted.root])
  for (let call = 0; call < 5; call++) await kms.generateDataKey(context)
  t.equal(server.calls.length, 5)
  t.equal(server.connections, 1)
  kms.close()
})

test('a hundred calls at once share a bounded number of connections', async t => {
  await using server = await startKmsServer(trusted.issue({ host: kmsHost }))
  const kms = connect(server.socketPath, [trusted.root])
  await Promise.all(Array.from({ length: 100 }, async () => await kms.generateDataKey(context)))
  t.equal(server.calls.length, 100)
  t.ok(server.connections <= 4, `${server.connections} connections`)
  kms.close()
})
