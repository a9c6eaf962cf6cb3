import { execFileSync } from 'node:child_process'
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { existsSync } from 'node:fs'
import { test } from 'tap'

import { basicConstraints, keyIdentifiers, keyUsage, serverAuthentication, subjectAlternativeNames } from '../../src/asn1/certificate-extensions.ts'
import { issueCertificate, toPem } from '../../src/asn1/certificate.ts'

const openssl = '/usr/bin/openssl'
const options = existsSync(openssl) ? {} : { skip: 'openssl is not here' }

/** What OpenSSL reads in a certificate with these extensions. */
function readExtensions (extensions: (publicKey: KeyObject) => readonly Buffer[]): string {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const name = [['CN', 'a name']] as const
  const der = issueCertificate({
    subject: name, issuer: name, publicKey, issuerPrivateKey: privateKey, digest: 'sha256', notBefore: 0, notAfter: 1000, extensions: extensions(publicKey),
  })
  return execFileSync(openssl, ['x509', '-noout', '-text'], { input: toPem(der), encoding: 'utf8' })
}

test('OpenSSL reads every extension as it was meant', options, async (t) => {
  const text = readExtensions((publicKey) => [
    ...keyIdentifiers(publicKey, publicKey),
    basicConstraints(2),
    keyUsage(['digitalSignature', 'nonRepudiation', 'keyCertSign', 'cRLSign']),
    serverAuthentication(),
    subjectAlternativeNames(['a.example'], ['127.0.0.1']),
  ])
  t.match(text, /Basic Constraints: critical\s+CA:TRUE, pathlen:2/)
  t.match(text, /Key Usage: critical\s+Digital Signature, Non Repudiation, Certificate Sign, CRL Sign/)
  t.match(text, /Extended Key Usage:\s+TLS Web Server Authentication/)
  t.match(text, /Subject Alternative Name:\s+DNS:a.example, IP Address:127.0.0.1/)
  const [, subjectIdentifier = 'none'] = /Subject Key Identifier:\s+([0-9A-F:]+)/.exec(text) ?? []
  t.match(text, RegExp(`Authority Key Identifier:\\s+(keyid:)?${subjectIdentifier}`))
})

test('an authority without a limit, no authority, and a key usage that is not critical', options, async (t) => {
  t.match(readExtensions(() => [basicConstraints('unlimited')]), /Basic Constraints: critical\s+CA:TRUE\n/)
  const text = readExtensions(() => [basicConstraints(), keyUsage(['digitalSignature'], false)])
  t.match(text, /Basic Constraints: critical\s+CA:FALSE/)
  t.match(text, /Key Usage:\s+Digital Signature\n/)
})
