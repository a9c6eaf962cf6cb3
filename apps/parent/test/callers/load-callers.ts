import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

import { execa } from 'execa'
import { exportJWK } from 'jose'
import { test } from 'tap'
import type { Test } from 'tap'

import type { CallerTable } from '../../src/callers/caller-table.ts'
import { KeySets } from '../../src/callers/credentials/fetched-keys.ts'
import { UsedTokens } from '../../src/callers/credentials/used-tokens.ts'
import { loadCallers } from '../../src/callers/load-callers.ts'
import { readRegularFile } from '../../src/reload/read-file.ts'
import type { ReadText } from '../../src/reload/read-file.ts'
import { createAuthority } from '../fixtures/authority.ts'
import { createIssuer } from '../fixtures/jwt-issuer.ts'

const issuer = await createIssuer()

async function load (path: string, read?: ReadText): Promise<CallerTable> {
  const remembered = { usedTokens: new UsedTokens(), keySets: new KeySets({ now: Date.now }) }
  return await loadCallers({ path, clientCertificates: false, ...remembered, startedAt: 0, now: Date.now }, read)
}

function fileWith (jwks: string): string {
  return `issuers: [{issuer: "${issuer.name}", audience: "${issuer.audience}", ${jwks}}]\ncallers: [{name: a, credentials: [{jwt: {issuer: "${issuer.name}", subject: s}}], permissions: []}]\n`
}

test('the files are the callers file and every key file it names, found from where it lies', async t => {
  const directory = t.testdir({ 'callers.yaml': fileWith('jwksFile: keys/jwks.json'), keys: { 'jwks.json': JSON.stringify(issuer.jwks) } })
  const files: string[] = []
  const table = await load(join(directory, 'callers.yaml'), async path => {
    files.push(path)
    return await readRegularFile(path)
  })
  t.same(files, [join(directory, 'callers.yaml'), join(directory, 'keys/jwks.json')])
  t.match(await table.authenticate({ authorization: `Bearer ${await issuer.issue({ sub: 's' })}`, certificate: () => undefined }), { name: 'a' })
})

test('a callers file that is not there is told by its variable', async t => {
  await t.rejects(load('/nowhere/callers.yaml'), { code: 'INVALID_CONFIGURATION', message: /CALLERS_FILE must be a file that can be read \(ENOENT/ })
})

for (const [title, jwks, reason] of [
  ['that is not there', undefined, /ENOENT/],
  ['that is no JSON', 'hush', /it is no JSON\)$/],
  ['without keys', '{}', /malformed/],
  ['with a private key', JSON.stringify({ keys: [{ ...await exportJWK(issuer.privateKey), kid: 'k1' }] }), /it holds a private or shared key/],
  ['with a shared secret', JSON.stringify({ keys: [{ kty: 'oct', k: 'aHVzaA', kid: 'k1' }] }), /it holds a private or shared key/],
] as const) {
  test(`a key file ${title} is refused by its place, and nothing of it is told`, async t => {
    const directory = t.testdir({ 'callers.yaml': fileWith('jwksFile: jwks.json') })
    if (jwks !== undefined) writeFileSync(join(directory, 'jwks.json'), jwks)
    const error = await load(join(directory, 'callers.yaml')).then(() => undefined, (thrown: unknown) => thrown as { faults: string[] })
    t.match(error?.faults, [/^CALLERS_FILE: \/issuers\/0\/jwksFile must be a file with a JSON Web Key Set of public keys/])
    t.match(error?.faults[0], reason)
    t.notMatch(error?.faults[0], /hush/)
  })
}

/** Keys behind an address are fetched under the authorities that Node knows, so a process of its own is told of the test's. */
async function askOverHttps (t: Test, url: string, root: string, token: string): Promise<unknown> {
  const directory = t.testdir({ 'callers.yaml': fileWith(`jwksUrl: "${url}"`), 'root.pem': root })
  const source = (file: string): string => JSON.stringify(join(import.meta.dirname, '../../src/callers', file))
  const program = `
    import { KeySets } from ${source('credentials/fetched-keys.ts')}
    import { loadCallers } from ${source('load-callers.ts')}
    const keySets = new KeySets({ now: Date.now })
    const table = await loadCallers({ path: ${JSON.stringify(join(directory, 'callers.yaml'))}, clientCertificates: false, keySets, startedAt: 0, now: Date.now })
    console.log(JSON.stringify(await table.authenticate({ authorization: ${JSON.stringify(`Bearer ${token}`)}, certificate: () => undefined })))`
  const { stdout } = await execa(process.execPath, ['--input-type=module', '--eval', program], { env: { NODE_EXTRA_CA_CERTS: join(directory, 'root.pem') } })
  return JSON.parse(stdout)
}

test('keys behind an https address are fetched, and where they cannot be, the token is not judged', async t => {
  const authority = createAuthority('an authority')
  const { certificate, key } = authority.issue({ commonName: 'localhost', dns: ['localhost'], usage: 'server' })
  const server = createServer({ cert: certificate, key }, (request, response) => {
    response.writeHead(request.url === '/keys' ? 200 : 500, { 'content-type': 'application/json' }).end(JSON.stringify(issuer.jwks))
  }).listen(0, 'localhost')
  t.teardown(() => { server.close() })
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const token = await issuer.issue({ sub: 's' })
  t.match(await askOverHttps(t, `https://localhost:${port}/keys`, authority.certificate, token), { name: 'a' })
  t.same(await askOverHttps(t, `https://localhost:${port}/keys`, authority.certificate, await (await createIssuer()).issue({ sub: 's' })), { refused: 'untrusted', credential: 'jwt' })
  const unavailable = { refused: 'issuer-unavailable', credential: 'jwt' }
  t.same(await askOverHttps(t, `https://localhost:${port}/broken`, authority.certificate, token), unavailable)
  t.same(await askOverHttps(t, `https://localhost:${port}/keys`, createAuthority('another').certificate, token), unavailable, 'the address must prove who it is')
})

test('a folder in place of the callers file is refused', async t => {
  const directory = t.testdir({})
  mkdirSync(join(directory, 'callers.yaml'))
  await t.rejects(load(join(directory, 'callers.yaml')), { name: 'ConfigError', message: /CALLERS_FILE must be a file that can be read/ })
})
