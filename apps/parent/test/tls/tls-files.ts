import { generateKeyPairSync } from 'node:crypto'
import { join } from 'node:path'

import { test } from 'tap'
import type { Test } from 'tap'

import type { TlsMaterial } from '../../src/tls/secure-context.ts'
import { loadTls } from '../../src/tls/tls-files.ts'
import { createAuthority, daysFromNow } from '../fixtures/authority.ts'

const authority = createAuthority('an authority')
const server = authority.issue({ commonName: 'localhost', dns: ['localhost'], usage: 'server', notAfter: daysFromNow(30) })
const other = authority.issue({ commonName: 'other', usage: 'server' })
const good = { cert: server.certificate, key: server.key, ca: authority.certificate }

async function load (t: Test, files: { cert: string, key: string, ca?: string }): Promise<TlsMaterial> {
  const directory = t.testdir({ ...files })
  return await loadTls({
    certFile: join(directory, 'cert'), keyFile: join(directory, 'key'), clientCaFile: files.ca === undefined ? undefined : join(directory, 'ca'),
  })
}

test('files that fit together are taken', async t => {
  const material = await load(t, good)
  t.equal(material.clientAuthorities?.size, 1)
  t.equal(Math.round((material.expiresAt - Date.now()) / 86_400_000), 30)
})

test('without authorities no client certificate is asked for', async t => {
  t.match(await load(t, { cert: good.cert, key: good.key }), { clientAuthorities: undefined })
})

test('what ends first counts, where there are more certificates than one', async t => {
  const material = await load(t, { ...good, cert: server.certificate + authority.certificate })
  t.equal(Math.round((material.expiresAt - Date.now()) / 86_400_000), 1)
})

test('an authority between beside its root is taken', async t => {
  t.equal((await load(t, { ...good, ca: authority.delegate('between').certificate + authority.certificate })).clientAuthorities?.size, 2)
})

test('several authorities are all taken', async t => {
  t.equal((await load(t, { ...good, ca: authority.certificate + createAuthority('another').certificate })).clientAuthorities?.size, 2)
})

const short = createAuthority('an authority').issue({ commonName: 'x', usage: 'server', rsaBits: 1024 })
const encrypted = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'hush' }).toString()

for (const [title, files, faults] of [
  ['a key of another certificate', { ...good, key: other.key }, [/^TLS_KEY_FILE must hold the key of the first certificate in TLS_CERT_FILE$/]],
  ['a certificate of another key', { ...good, cert: other.certificate }, [/^TLS_KEY_FILE must hold the key/]],
  ['an encrypted key', { ...good, key: encrypted }, [/^TLS_KEY_FILE must be a PEM file with a private key that is not encrypted/]],
  ['an empty file', { ...good, cert: '' }, [/^TLS_CERT_FILE must be a PEM file .*\(it holds no certificate\)$/]],
  ['a key in place of a certificate', { ...good, cert: server.key }, [/^TLS_CERT_FILE must be/]],
  ['a certificate that is cut off', { ...good, cert: server.certificate.slice(0, 200) }, [/^TLS_CERT_FILE must be/]],
  ['a certificate with bytes changed', { ...good, cert: server.certificate.replace(/\n.{10}/, '\nAAAAAAAAAA') }, [/^TLS_CERT_FILE must be/]],
  ['a certificate in place of an authority', { ...good, ca: other.certificate }, [/^TLS_CLIENT_CA_FILE must be .*\(it holds a certificate of no authority\)$/]],
  ['an authority between without its root', { ...good, ca: authority.delegate('between').certificate }, [/^TLS_CLIENT_CA_FILE must be .*\(it holds no root, which is its own issuer\)$/]],
  ['a key that is too short', { cert: short.certificate, key: short.key }, [/^TLS_CERT_FILE cannot be used \(.*key too small/]],
  ['everything wrong at once', { cert: '', key: '', ca: '' }, [/^TLS_CERT_FILE/, /^TLS_KEY_FILE/, /^TLS_CLIENT_CA_FILE/]],
] as const) {
  test(`${title} is refused by the variable's name`, async t => {
    const error = await load(t, files).then(() => undefined, (thrown: unknown) => thrown as { code: string, faults: string[] })
    t.equal(error?.code, 'INVALID_CONFIGURATION')
    t.equal(error?.faults.length, faults.length, String(error?.faults))
    for (const [index, fault] of faults.entries()) t.match(error?.faults[index], fault)
  })
}
