import { generateKeyPairSync, X509Certificate } from 'node:crypto'
import { test } from 'tap'

import { basicConstraints, keyUsage } from '../../src/asn1/certificate-extensions.ts'
import { issueCertificate, toPem } from '../../src/asn1/certificate.ts'

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'secp384r1' })

const name = [['C', 'US'], ['O', 'an organization'], ['CN', 'a name']] as const

function selfSigned (extensions: readonly Buffer[], notAfter = Date.UTC(2049, 11, 31, 23, 59, 59)): Buffer {
  const notBefore = Date.UTC(2026, 5, 15, 12, 0, 0, 999)
  return issueCertificate({ subject: name, issuer: name, publicKey, issuerPrivateKey: privateKey, digest: 'sha384', notBefore, notAfter, extensions })
}

test('a certificate says what it was asked to and is signed by its issuer', async t => {
  const certificate = new X509Certificate(selfSigned([basicConstraints(0), keyUsage(['keyCertSign'])]))
  t.equal(certificate.subject, 'C=US\nO=an organization\nCN=a name')
  t.equal(certificate.issuer, 'C=US\nO=an organization\nCN=a name')
  t.equal(certificate.validFromDate.toISOString(), '2026-06-15T12:00:00.000Z')
  t.equal(certificate.validToDate.toISOString(), '2049-12-31T23:59:59.000Z')
  t.match(certificate.serialNumber, /^[4-7][0-9A-F]{31}$/)
  t.ok(certificate.ca)
  t.ok(certificate.verify(publicKey))
  t.ok(certificate.checkIssued(certificate))
})

test('from 2050 on a time has four digits for its year', async t => {
  const der = selfSigned([], Date.UTC(2050, 0, 1))
  t.equal(new X509Certificate(der).validToDate.toISOString(), '2050-01-01T00:00:00.000Z')
  t.ok(der.includes('\u0018\u000f20500101000000Z'))
})

test('a PEM is the certificate in lines of 64', async t => {
  const der = selfSigned([])
  const pem = toPem(der)
  t.ok(new X509Certificate(pem).raw.equals(der))
  t.equal(Math.max(...pem.split('\n').map(line => line.length)), 64)
})
