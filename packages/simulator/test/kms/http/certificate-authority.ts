import { X509Certificate } from 'node:crypto'
import { readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { openCertificateAuthority } from '../../../src/kms/http/certificate-authority.ts'

test('the authority is the same after it is opened again, and its key is for its owner alone', async t => {
  const directory = t.testdir()
  const { caFile } = await openCertificateAuthority(directory)
  const pem = readFileSync(caFile, 'utf8')
  t.equal(caFile, join(directory, 'ca.pem'))
  t.equal(statSync(join(directory, 'ca.key.pem')).mode & 0o777, 0o600)

  const reopened = await openCertificateAuthority(directory)
  t.equal(readFileSync(caFile, 'utf8'), pem)
  const { cert } = reopened.issueServerCertificate(['kms.us-east-1.amazonaws.com'])
  t.ok(new X509Certificate(cert).verify(new X509Certificate(pem).publicKey), 'it still signs for the certificate that clients trust')
})

test('an authority of which a crash left only the key is made again', async t => {
  const directory = t.testdir()
  const { caFile } = await openCertificateAuthority(directory)
  rmSync(caFile)
  const { cert } = (await openCertificateAuthority(directory)).issueServerCertificate(['localhost'])
  t.ok(new X509Certificate(cert).verify(new X509Certificate(readFileSync(caFile)).publicKey))
})

test('an authority that cannot be read is an error', async t => {
  await t.rejects(openCertificateAuthority(t.testdir({ 'ca.pem': {} })), { code: 'EISDIR' })
})

test('a server certificate is for its names and 127.0.0.1, and for no other', async t => {
  const opened = await openCertificateAuthority(t.testdir())
  const leaf = new X509Certificate(opened.issueServerCertificate(['kms.us-east-1.amazonaws.com', 'localhost']).cert)
  const authority = new X509Certificate(readFileSync(opened.caFile))
  t.equal(leaf.subjectAltName, 'DNS:kms.us-east-1.amazonaws.com, DNS:localhost, IP Address:127.0.0.1')
  t.ok(leaf.checkIssued(authority))
  t.notOk(leaf.ca)
  t.ok(authority.ca)
  t.same(leaf.keyUsage, ['1.3.6.1.5.5.7.3.1'])
  t.ok(leaf.validFromDate.getTime() < Date.now())
  t.ok(leaf.validToDate.getTime() > Date.now() + 89 * 24 * 60 * 60 * 1000)
})
