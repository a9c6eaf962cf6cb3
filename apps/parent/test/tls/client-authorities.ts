import { X509Certificate } from 'node:crypto'

import { test } from 'tap'

import { ClientAuthorities } from '../../src/tls/client-authorities.ts'
import { createAuthority } from '../fixtures/authority.ts'
import type { Authority } from '../fixtures/authority.ts'

function authorities (...all: Authority[]): ClientAuthorities {
  const pems = all.map(({ certificate }) => certificate)
  return new ClientAuthorities(pems.join(''), pems.map(pem => new X509Certificate(pem)))
}

const [a, b, c] = [createAuthority('a'), createAuthority('b'), createAuthority('c')]
const direct = new X509Certificate(a.issue({ commonName: 'x' }).certificate)
const between = a.delegate('below a')
const below = new X509Certificate(between.issue({ commonName: 'x' }).certificate)

test('where no authority was taken out, every certificate counts as before', async t => {
  for (const certificate of [direct, below]) {
    t.ok(authorities(a, b).stillVouchFor(certificate, authorities(b, a)))
    t.ok(authorities(a, b, c).stillVouchFor(certificate, authorities(a, b)))
  }
})

test('where one was taken out, a certificate counts that one which stayed has issued itself', async t => {
  t.ok(authorities(a).stillVouchFor(direct, authorities(a, b)))
  t.notOk(authorities(b).stillVouchFor(direct, authorities(a, b)))
  t.notOk(authorities(a).stillVouchFor(below, authorities(a, b)), 'the way to the root is not known')
})

test('an authority that came since vouches for nobody from before', async t => {
  t.notOk(authorities(a).stillVouchFor(direct, authorities(b)))
})

test('one that is no root vouches for nobody, as in a handshake', async t => {
  t.notOk(authorities(between).stillVouchFor(below, authorities(a, between)))
})

test('an authority of the same name with another key vouches for nobody', async t => {
  const namesake = createAuthority('a')
  t.notOk(authorities(namesake).stillVouchFor(direct, authorities(namesake, a)))
})
