import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { test } from 'tap'
import type { Test } from 'tap'

import { openAccess } from '../src/access.ts'
import type { Access } from '../src/access.ts'
import { loopbackCaller } from '../src/callers/caller.ts'
import { sha256Of } from '../src/callers/credentials/tokens.ts'
import { createLogger } from '../src/logger.ts'
import { createMetrics } from '../src/metrics/metrics.ts'
import type { Metrics } from '../src/metrics/metrics.ts'
import { createAuthority, daysFromNow } from './fixtures/authority.ts'

const token = 'a-token'
const oneCaller = `callers: [{name: a, credentials: [{tokenSha256: "${sha256Of(token).toString('hex')}"}], permissions: []}]`

interface Opened {
  access: Access
  metrics: Metrics
  directory: string
  changes: () => number
}

async function open (t: Test, files: Record<string, string>, more: { tls?: boolean, clientCa?: boolean } = {}): Promise<Opened> {
  const directory = t.testdir(files)
  const metrics = createMetrics()
  let changes = 0
  const clientCaFile = more.clientCa === true ? join(directory, 'ca') : undefined
  const access = await openAccess({
    callersFile: join(directory, 'callers.yaml'),
    tls: more.tls === true ? { certFile: join(directory, 'cert'), keyFile: join(directory, 'key'), clientCaFile } : undefined,
  }, { metrics, log: createLogger('silent'), now: Date.now, onCallersChanged: () => { changes++ } })
  return { access, metrics, directory, changes: () => changes }
}

test('without files everybody is the loopback caller, over plain HTTP', async t => {
  const parts = { metrics: createMetrics(), log: createLogger('silent'), now: Date.now, onCallersChanged: () => undefined }
  const access = await openAccess({ callersFile: undefined, tls: undefined }, parts)
  t.equal(await access.callers.authenticate({ authorization: undefined, certificate: () => undefined }), loopbackCaller)
  t.equal(access.tls, undefined)
  t.same(access.statuses(), [])
  await access.watch(AbortSignal.abort())
})

test('the faults of all files are told at once', async t => {
  const error = await open(t, { 'callers.yaml': 'callers: 1', cert: '', key: '' }, { tls: true }).then(() => undefined, (thrown: unknown) => thrown as { faults: string[] })
  t.match(error?.faults, [/^CALLERS_FILE line 1: \/callers must be array/, /^TLS_CERT_FILE/, /^TLS_KEY_FILE/])
})

test('a reload puts changed callers in force for the next request, and has streams ended', async t => {
  const { access, metrics, directory, changes } = await open(t, { 'callers.yaml': 'callers: []' })
  const ask = async (): Promise<unknown> => await access.callers.authenticate({ authorization: `Bearer ${token}`, certificate: () => undefined })
  t.match(await ask(), { refused: 'unknown' })
  t.match(await metrics.registry.metrics(), /enclave_signer_callers 0/)
  writeFileSync(join(directory, 'callers.yaml'), oneCaller)
  await access.reload()
  t.match(await ask(), { name: 'a' })
  t.match(await metrics.registry.metrics(), /enclave_signer_callers 1/)
  t.equal(changes(), 1)
  writeFileSync(join(directory, 'callers.yaml'), 'callers: 1')
  await access.reload()
  t.match(await ask(), { name: 'a' }, 'a broken edit changes nothing')
  t.match(access.statuses(), [{ name: 'callers', refusedSince: /Z$/ }])
  t.equal(changes(), 1)
})

test('a reload takes a new certificate, and the metrics say when it expires', async t => {
  const authority = createAuthority('an authority')
  const first = authority.issue({ commonName: 'localhost', usage: 'server', notAfter: new Date('2030-01-01T00:00:00Z') })
  const { access, metrics, directory } = await open(t, { 'callers.yaml': 'callers: []', cert: first.certificate, key: first.key }, { tls: true })
  const expiry = async (): Promise<number> => Number(/^enclave_signer_tls_certificate_expiry_timestamp_seconds (\S+)/m.exec(await metrics.registry.metrics())?.[1])
  t.equal(await expiry(), Date.parse('2030-01-01T00:00:00Z') / 1000)
  const second = authority.issue({ commonName: 'localhost', usage: 'server', notAfter: daysFromNow(7) })
  writeFileSync(join(directory, 'cert'), second.certificate)
  await access.reload()
  t.match(access.statuses(), [{ name: 'callers', refusedSince: null }, { name: 'tls', refusedSince: /Z$/ }], 'a certificate without its key is not taken')
  writeFileSync(join(directory, 'key'), second.key)
  await access.reload()
  t.match(access.statuses(), [{ refusedSince: null }, { refusedSince: null }])
  t.ok(await expiry() < Date.parse('2030-01-01T00:00:00Z') / 1000)
})

test('other authorities of client certificates have streams ended, another certificate of the server does not', async t => {
  const [authority, former] = [createAuthority('an authority'), createAuthority('a former authority')]
  const server = authority.issue({ commonName: 'localhost', usage: 'server' })
  const files = { 'callers.yaml': 'callers: []', cert: server.certificate, key: server.key, ca: authority.certificate + former.certificate }
  const { access, directory, changes } = await open(t, files, { tls: true, clientCa: true })
  const reloaded = async (name: string, text: string): Promise<number> => {
    const before = changes()
    writeFileSync(join(directory, name), text)
    await access.reload()
    // Callers are loaded again by every reload.
    return changes() - before - 1
  }
  t.equal(await reloaded('cert', server.certificate + authority.certificate), 0)
  t.equal(await reloaded('ca', authority.certificate), 1)
})

test('a certificate that has expired is not taken for one that has not, and at a start it is', async t => {
  const authority = createAuthority('an authority')
  const { certificate, key } = authority.issue({ commonName: 'localhost', usage: 'server' })
  const expired = authority.issue({ commonName: 'localhost', usage: 'server', notBefore: daysFromNow(-2), notAfter: daysFromNow(-1) })
  const { access, directory } = await open(t, { 'callers.yaml': 'callers: []', cert: certificate, key }, { tls: true })
  writeFileSync(join(directory, 'cert'), expired.certificate)
  writeFileSync(join(directory, 'key'), expired.key)
  await access.reload()
  t.match(access.statuses(), [{ refusedSince: null }, { name: 'tls', refusedSince: /Z$/ }])
  const files = { 'callers.yaml': 'callers: []', cert: expired.certificate, key: expired.key }
  await t.resolves(open(t, files, { tls: true }))
})
