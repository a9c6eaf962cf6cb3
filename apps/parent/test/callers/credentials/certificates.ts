import { X509Certificate } from 'node:crypto'

import { test } from 'tap'

import { loopbackCaller } from '../../../src/callers/caller.ts'
import { Certificates } from '../../../src/callers/credentials/certificates.ts'
import { namesOf } from '../../../src/callers/credentials/client-certificate.ts'
import type { CertificateNames } from '../../../src/callers/credentials/client-certificate.ts'
import { createAuthority } from '../../fixtures/authority.ts'
import type { Wanted } from '../../fixtures/authority.ts'

const authority = createAuthority('an authority')
const [a, b] = [{ ...loopbackCaller, name: 'a' }, { ...loopbackCaller, name: 'b' }]

function names (wanted: Wanted): CertificateNames {
  return namesOf(new X509Certificate(authority.issue(wanted).certificate))
}

test('the names of a certificate are its subject in the order of RFC 2253 and the alternative names it has', async t => {
  t.same(names({ commonName: 'Käthe, "x"', organization: 'Example + Co', dns: ['one.internal', 'two.internal'], uris: ['spiffe://example.org/a'] }), {
    subject: 'CN=Käthe\\, \\"x\\",O=Example \\+ Co', dnsNames: ['one.internal', 'two.internal'], uris: ['spiffe://example.org/a'],
  })
})

test('an alternative name cannot be written so that it passes for two', async t => {
  t.same(names({ commonName: 'x', dns: ['evil, DNS:victim.internal'], uris: ['spiffe://evil/x, URI:spiffe://victim/x'] }), {
    subject: 'CN=x', dnsNames: ['evil, DNS:victim.internal'], uris: ['spiffe://evil/x, URI:spiffe://victim/x'],
  })
})

test('a subject cannot be written so that it passes for another', async t => {
  t.equal(names({ commonName: 'x\nCN=victim' }).subject, 'CN=x\\0ACN=victim')
  t.equal(names({ commonName: 'x,O=Victim' }).subject, 'CN=x\\,O=Victim')
  t.equal(names({ commonName: 'x + UID=1' }).subject, 'CN=x \\+ UID=1')
})

test('a certificate with an empty subject is known by its alternative names', async t => {
  const shown = names({ uris: ['spiffe://example.org/x'] })
  t.same(shown, { subject: '', dnsNames: [], uris: ['spiffe://example.org/x'] })
  t.match(new Certificates([{ entry: { spiffeId: 'spiffe://example.org/x' }, caller: a }]).callerOf({ state: 'trusted', names: shown }), { name: 'a' })
  t.match(new Certificates([{ entry: { subject: 'CN=x' }, caller: a }]).callerOf({ state: 'trusted', names: shown }), { refused: 'unknown' })
})

test('a certificate is known by its whole subject, a DNS name, a URI or its SPIFFE id, letter for letter', async t => {
  const shown = names({ commonName: 'x', organization: 'Example', dns: ['x.internal'], uris: ['spiffe://example.org/x'] })
  for (const [entry, known] of [
    [{ subject: 'CN=x,O=Example' }, true], [{ subject: 'CN=x' }, false], [{ subject: 'O=Example,CN=x' }, false],
    [{ dns: 'x.internal' }, true], [{ dns: 'X.internal' }, false], [{ dns: 'internal' }, false], [{ dns: '*.internal' }, false],
    [{ uri: 'spiffe://example.org/x' }, true], [{ uri: 'spiffe://example.org/' }, false],
    [{ spiffeId: 'spiffe://example.org/x' }, true], [{ spiffeId: 'spiffe://example.org/x/y' }, false],
  ] as const) {
    const verdict = new Certificates([{ entry, caller: a }]).callerOf({ state: 'trusted', names: shown })
    t.match(verdict, known ? { name: 'a' } : { refused: 'unknown' }, JSON.stringify(entry))
  }
})

test('a certificate with two URIs is no SPIFFE identity', async t => {
  const shown = names({ commonName: 'x', uris: ['spiffe://example.org/x', 'spiffe://example.org/y'] })
  t.match(new Certificates([{ entry: { spiffeId: 'spiffe://example.org/x' }, caller: a }]).callerOf({ state: 'trusted', names: shown }), { refused: 'unknown' })
})

test('a certificate that fits two callers is taken for neither, one that fits a caller twice for that one', async t => {
  const shown = { subject: 'CN=x', dnsNames: ['x.internal'], uris: [] }
  const entries = [{ entry: { subject: 'CN=x' }, caller: a }, { entry: { dns: 'x.internal' }, caller: b }]
  t.match(new Certificates(entries).callerOf({ state: 'trusted', names: shown }), { refused: 'ambiguous', credential: 'certificate' })
  t.match(new Certificates(entries.map(({ entry }) => ({ entry, caller: a }))).callerOf({ state: 'trusted', names: shown }), { name: 'a' })
})

test('a certificate that the handshake or the clock found bad names nobody', async t => {
  for (const state of ['untrusted', 'expired', 'not-yet-valid'] as const) {
    t.same(new Certificates([]).callerOf({ state }), { refused: state, credential: 'certificate' })
  }
})
