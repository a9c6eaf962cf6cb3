import { createHash, randomBytes } from 'node:crypto'

import { test } from 'tap'

import { CallerTable } from '../../src/callers/caller-table.ts'
import type { CallersFile } from '../../src/callers/callers-file.ts'
import { UsedTokens } from '../../src/callers/credentials/used-tokens.ts'

const token = `enclave-signer-token-${randomBytes(32).toString('base64url')}`
const tokenSha256 = createHash('sha256').update(token).digest('hex')
const names = { subject: 'CN=x', dnsNames: ['signer.internal'], uris: [] }

function tableOf (callers: CallersFile['callers']): CallerTable {
  return new CallerTable({ callers }, { issuers: new Map(), usedTokens: new UsedTokens(), startedAt: 0, now: Date.now })
}

const table = tableOf([
  { name: 'first', credentials: [{ tokenSha256: 'a'.repeat(64) }, { tokenSha256 }], permissions: [{ actions: ['metrics:read'] }], rates: { total: { requestsPerSecond: 1, burst: 2 } } },
  { name: 'second', credentials: [{ clientCertificate: { dns: 'signer.internal' } }], permissions: [] },
])

const none = (): undefined => undefined
const certificate = (): { state: 'trusted', names: typeof names } => ({ state: 'trusted', names })

test('a caller is known by any one of its credentials, with what it may do and its rates', async t => {
  const caller = await table.authenticate({ authorization: `Bearer ${token}`, certificate: none })
  t.match(caller, { name: 'first', rates: { total: { requestsPerSecond: 1, burst: 2 } } })
  t.ok('permits' in caller && caller.permits('metrics:read') && !caller.permits('enclave:read'))
  t.match(await table.authenticate({ authorization: undefined, certificate }), { name: 'second' })
  t.equal(table.size, 2)
})

test('the scheme is read in any letters, and may be followed by more spaces than one', async t => {
  for (const authorization of [`bearer ${token}`, `BEARER   ${token}`]) t.match(await table.authenticate({ authorization, certificate: none }), { name: 'first' })
})

for (const [title, authorization, expected] of [
  ['nothing', undefined, { refused: 'missing', credential: 'none' }],
  ['an empty header', '', { refused: 'malformed', credential: 'token' }],
  ['another scheme', `Basic ${token}`, { refused: 'malformed', credential: 'token' }],
  ['a token without a scheme', token, { refused: 'malformed', credential: 'token' }],
  ['two tokens', `Bearer ${token} ${token}`, { refused: 'malformed', credential: 'token' }],
  ['a token with a comma', `Bearer ${token},`, { refused: 'malformed', credential: 'token' }],
  ['an unknown token', `Bearer ${token}x`, { refused: 'unknown', credential: 'token' }],
  ['the SHA-256 of a token in its place', `Bearer ${tokenSha256}`, { refused: 'unknown', credential: 'token' }],
  ['something like a JWT where no issuer is known', 'Bearer a.b.c', { refused: 'untrusted', credential: 'jwt' }],
] as const) {
  test(`${title} names nobody`, async t => {
    t.same(await table.authenticate({ authorization, certificate: none }), expected)
  })
}

test('a token is known by all of its SHA-256, not by how it begins', async t => {
  const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest()
  let near = 0
  while (digestOf(`near-${near}`)[0] !== digestOf(token)[0]) near++
  t.match(await table.authenticate({ authorization: `Bearer near-${near}`, certificate: none }), { refused: 'unknown' })
})

test('a bad token is not made up for by a good certificate', async t => {
  t.match(await table.authenticate({ authorization: 'Bearer wrong', certificate }), { refused: 'unknown', credential: 'token' })
})

test('a good token does without a look at the certificate', async t => {
  const untouched = (): never => { throw new Error('looked at') }
  t.match(await table.authenticate({ authorization: `Bearer ${token}`, certificate: untouched }), { name: 'first' })
})
