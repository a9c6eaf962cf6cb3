import { execFileSync } from 'node:child_process'
import { generateKeyPairSync, X509Certificate } from 'node:crypto'
import { existsSync } from 'node:fs'
import { test } from 'tap'
import { basicConstraints, issueCertificate, keyUsage, serverAuthentication, subjectAlternativeNames, toPem } from '../../src/kms/certificate.ts'

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'secp384r1' })

function selfSigned (extensions: readonly Buffer[], notAfter = new Date('2049-12-31T23:59:59Z')): Buffer {
  return issueCertificate({
    subject: 'a name', issuer: 'a name', publicKey, issuerPublicKey: publicKey, issuerPrivateKey: privateKey, digest: 'sha384', notBefore: new Date('2026-06-15T12:00:00.999Z'), notAfter, extensions,
  })
}

test('a certificate says what it was asked to and is signed by its issuer', async t => {
  const certificate = new X509Certificate(selfSigned([basicConstraints(true, 0), keyUsage('keyCertSign')]))
  t.equal(certificate.subject, 'CN=a name')
  t.equal(certificate.issuer, 'CN=a name')
  t.equal(certificate.validFromDate.toISOString(), '2026-06-15T12:00:00.000Z')
  t.equal(certificate.validToDate.toISOString(), '2049-12-31T23:59:59.000Z')
  t.match(certificate.serialNumber, /^[4-7][0-9A-F]{31}$/)
  t.ok(certificate.ca)
  t.ok(certificate.verify(publicKey))
  t.ok(certificate.checkIssued(certificate))
})

test('from 2050 on a time has four digits for its year', async t => {
  const der = selfSigned([], new Date('2050-01-01T00:00:00Z'))
  t.equal(new X509Certificate(der).validToDate.toISOString(), '2050-01-01T00:00:00.000Z')
  t.ok(der.includes('\u0018\u000f20500101000000Z'))
})

test('a PEM is the certificate in lines of 64', async t => {
  const der = selfSigned([])
  const pem = toPem(der)
  t.ok(new X509Certificate(pem).raw.equals(der))
  t.equal(Math.max(...pem.split('\n').map(line => line.length)), 64)
})

const openssl = '/usr/bin/openssl'

test('OpenSSL reads every extension as it was meant', { skip: existsSync(openssl) ? false : 'openssl is not here' }, async t => {
  const pem = toPem(selfSigned([
    basicConstraints(true, 2), keyUsage('digitalSignature', 'nonRepudiation', 'keyCertSign', 'cRLSign'), serverAuthentication(), subjectAlternativeNames(['a.example'], ['127.0.0.1']),
  ]))
  const text = execFileSync(openssl, ['x509', '-noout', '-text'], { input: pem, encoding: 'utf8' })
  t.match(text, /Basic Constraints: critical\s+CA:TRUE, pathlen:2/)
  t.match(text, /Key Usage: critical\s+Digital Signature, Non Repudiation, Certificate Sign, CRL Sign/)
  t.match(text, /Extended Key Usage:\s+TLS Web Server Authentication/)
  t.match(text, /Subject Alternative Name:\s+DNS:a.example, IP Address:127.0.0.1/)
  const [, subjectIdentifier = 'none'] = /Subject Key Identifier:\s+([0-9A-F:]+)/.exec(text) ?? []
  t.match(text, RegExp(`Authority Key Identifier:\\s+(keyid:)?${subjectIdentifier}`))
})
