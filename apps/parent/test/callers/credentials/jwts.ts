import { createHmac } from 'node:crypto'

import { exportSPKI } from 'jose'
import { test } from 'tap'

import { loopbackCaller } from '../../../src/callers/caller.ts'
import type { CredentialEntry } from '../../../src/callers/callers-file.ts'
import { KeySets } from '../../../src/callers/credentials/fetched-keys.ts'
import { openIssuers } from '../../../src/callers/credentials/jwt-issuers.ts'
import { Jwts } from '../../../src/callers/credentials/jwts.ts'
import { sha256Of } from '../../../src/callers/credentials/tokens.ts'
import { UsedTokens } from '../../../src/callers/credentials/used-tokens.ts'
import type { Verdict } from '../../../src/callers/verdict.ts'
import { readRegularFile } from '../../../src/reload/read-file.ts'
import { createIssuer, rawJwt } from '../../fixtures/jwt-issuer.ts'
import type { Test } from 'tap'

const issuer = await createIssuer()
const start = Date.parse('2026-01-15T10:00:00Z')
const seconds = start / 1000
const caller = { ...loopbackCaller, name: 'a' }

interface Setting {
  ask: (token: string) => Promise<Verdict>
  clock: { now: number }
}

/** The callers of one issuer, at a time that the test sets. */
async function createJwts (t: Test, entries: Omit<NonNullable<CredentialEntry['jwt']>, 'issuer'>[], { maxAgeSeconds = 3600, usedTokens = new UsedTokens() } = {}): Promise<Setting> {
  const directory = t.testdir({ 'jwks.json': JSON.stringify(issuer.jwks) })
  const issuers = await openIssuers([{ issuer: issuer.name, audience: issuer.audience, jwksFile: 'jwks.json', maxAgeSeconds }], { callersFile: `${directory}/callers.yaml`, keySets: new KeySets({ now: Date.now }), read: readRegularFile })
  const clock = { now: start }
  const known = entries.map(entry => ({ entry: { issuer: issuer.name, ...entry }, caller }))
  const jwts = new Jwts({ issuers, known, usedTokens, startedAt: start - 3_600_000, now: () => clock.now })
  return { ask: async token => await jwts.callerOf(token, sha256Of(token)), clock }
}

test('a JWT of a known issuer names the caller whose subject it has', async t => {
  const { ask } = await createJwts(t, [{ subject: 's' }])
  t.match(await ask(await issuer.issue({ sub: 's' }, start)), { name: 'a' })
  t.same(await ask(await issuer.issue({ sub: 't' }, start)), { refused: 'unknown', credential: 'jwt' })
  t.same(await ask(await issuer.issue({}, start)), { refused: 'unknown', credential: 'jwt' })
})

test('claims must be equal, or be a list with the value in it', async t => {
  const { ask } = await createJwts(t, [{ claims: { team: 'x', level: 3 } }])
  t.match(await ask(await issuer.issue({ team: 'x', level: 3 }, start)), { name: 'a' })
  t.match(await ask(await issuer.issue({ team: ['w', 'x'], level: 3 }, start)), { name: 'a' })
  for (const claims of [{ team: 'x' }, { team: 'x', level: '3' }, { team: 'xy', level: 3 }, { team: ['w', 'xy'], level: 3 }, { team: { x: 'x' }, level: 3 }]) {
    t.match(await ask(await issuer.issue(claims, start)), { refused: 'unknown' })
  }
})

const stranger = await createIssuer()
const publicPem = await exportSPKI(issuer.publicKey)
const claims = { iss: issuer.name, aud: issuer.audience, sub: 's', iat: seconds, exp: seconds + 600 }

const refused: [title: string, token: () => Promise<string> | string, reason: string][] = [
  ['a token signed by somebody else in the issuer\'s name', async () => await stranger.issue({ sub: 's' }, start), 'untrusted'],
  ['a token of an issuer that is not known', async () => await issuer.issue({ sub: 's', iss: 'https://other.example' }, start), 'untrusted'],
  ['a token without an issuer', async () => await issuer.issue({ sub: 's', iss: undefined }, start), 'untrusted'],
  ['a token for another audience', async () => await issuer.issue({ sub: 's', aud: 'another-service' }, start), 'untrusted'],
  ['a token for no audience', async () => await issuer.issue({ sub: 's', aud: undefined }, start), 'untrusted'],
  ['a token without an expiry', async () => await issuer.issue({ sub: 's', exp: undefined }, start), 'untrusted'],
  ['a token that does not say when it was issued', async () => await issuer.issue({ sub: 's', iat: undefined }, start), 'untrusted'],
  ['a token that has expired', async () => await issuer.issue({ sub: 's', exp: seconds - 6 }, start), 'expired'],
  ['a token that is older than the issuer\'s tokens may be', async () => await issuer.issue({ sub: 's', iat: seconds - 3606 }, start), 'expired'],
  ['a token that is not valid yet', async () => await issuer.issue({ sub: 's', nbf: seconds + 6 }, start), 'not-yet-valid'],
  ['a token from the future', async () => await issuer.issue({ sub: 's', iat: seconds + 6 }, start), 'not-yet-valid'],
  ['a token without a signature that says so', () => rawJwt({ alg: 'none' }, claims), 'untrusted'],
  ['a token without a signature that says so in other letters', () => rawJwt({ alg: 'nOnE' }, claims), 'untrusted'],
  ['a token with the public key as shared secret', () => rawJwt({ alg: 'HS256', kid: 'k1' }, claims, text => createHmac('sha256', publicPem).update(text).digest('base64url')), 'untrusted'],
  ['a token with its signature cut off', async () => (await issuer.issue({ sub: 's' }, start)).replace(/[^.]*$/, ''), 'untrusted'],
  ['a token with the claims of another', async () => {
    const [header, , signature] = (await issuer.issue({ sub: 't' }, start)).split('.')
    return [header, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.')
  }, 'untrusted'],
  ['a token that brings its own key', async () => rawJwt({ alg: 'ES256', jwk: stranger.jwks.keys[0] }, claims, () => 'AAAA'), 'untrusted'],
  ['a token with a key id that is not known', () => rawJwt({ alg: 'ES256', kid: 'k2' }, claims, () => 'AAAA'), 'untrusted'],
  ['three parts that are no token', () => 'a.b.c', 'untrusted'],
]

for (const [title, token, reason] of refused) {
  test(`${title} is refused`, async t => {
    const { ask } = await createJwts(t, [{ subject: 's' }])
    t.same(await ask(await token()), { refused: reason, credential: 'jwt' })
  })
}

test('clocks may differ by five seconds', async t => {
  const { ask } = await createJwts(t, [{ subject: 's' }])
  for (const more of [{ exp: seconds - 4 }, { nbf: seconds + 5 }, { iat: seconds + 5 }, { iat: seconds - 3605 }]) {
    t.match(await ask(await issuer.issue({ sub: 's', ...more }, start)), { name: 'a' }, JSON.stringify(more))
  }
})

test('a token that was verified is known again at once, and only until it expires', async t => {
  const { ask, clock } = await createJwts(t, [{ subject: 's' }])
  const token = await issuer.issue({ sub: 's' }, start)
  await ask(token)
  t.match(await ask(token), { name: 'a' })
  clock.now += 606_000
  t.match(await ask(token), { refused: 'expired' })
})

test('a token that was verified is not known again once it is older than the issuer\'s tokens may be', async t => {
  const { ask, clock } = await createJwts(t, [{ subject: 's' }], { maxAgeSeconds: 60 })
  const token = await issuer.issue({ sub: 's' }, start)
  t.match(await ask(token), { name: 'a' })
  clock.now += 66_000
  t.match(await ask(token), { refused: 'expired' })
})

test('a token that is taken once is refused when it is replayed, one after another or at once', async t => {
  const { ask } = await createJwts(t, [{ subject: 's', singleUse: true }])
  const token = await issuer.issue({ sub: 's', jti: '1' }, start)
  t.match(await ask(token), { name: 'a' })
  t.same(await ask(token), { refused: 'used', credential: 'jwt' })
  const other = await issuer.issue({ sub: 's', jti: '2' }, start)
  const verdicts = await Promise.all(Array.from({ length: 20 }, async () => await ask(other)))
  t.equal(verdicts.filter(verdict => 'name' in verdict).length, 1)
  t.match(await ask(await issuer.issue({ sub: 's', jti: '1', extra: 1 }, start)), { refused: 'used' }, 'its id counts, not its bytes')
})

test('a used token stays used when the callers are loaded again', async t => {
  const usedTokens = new UsedTokens()
  const token = await issuer.issue({ sub: 's', jti: '1' }, start)
  t.match(await (await createJwts(t, [{ subject: 's', singleUse: true }], { usedTokens })).ask(token), { name: 'a' })
  t.match(await (await createJwts(t, [{ subject: 's', singleUse: true }], { usedTokens })).ask(token), { refused: 'used' })
})

test('a used token is remembered for as long as it would be taken', async t => {
  const { ask, clock } = await createJwts(t, [{ subject: 's', singleUse: true }], { usedTokens: new UsedTokens(1) })
  const token = await issuer.issue({ sub: 's', jti: '1' }, start)
  t.match(await ask(token), { name: 'a' })
  clock.now += 604_000
  t.match(await ask(await issuer.issue({ sub: 's', jti: '2' }, clock.now)), { refused: 'overloaded' })
  t.match(await ask(token), { refused: 'used' })
  clock.now += 3000
  t.match(await ask(await issuer.issue({ sub: 's', jti: '2' }, clock.now)), { name: 'a' })
})

test('a token that is taken once needs an id', async t => {
  const { ask } = await createJwts(t, [{ subject: 's', singleUse: true }])
  t.match(await ask(await issuer.issue({ sub: 's' }, start)), { refused: 'malformed' })
})

test('a token that is taken once and may have been, before the service started, is refused', async t => {
  const { ask } = await createJwts(t, [{ subject: 's', singleUse: true }], { maxAgeSeconds: 86_400 })
  t.match(await ask(await issuer.issue({ sub: 's', jti: '1', iat: seconds - 3596 }, start)), { refused: 'used' })
  t.match(await ask(await issuer.issue({ sub: 's', jti: '2', iat: seconds - 3595 }, start)), { name: 'a' })
})
