import { test } from 'tap'

import { parseCertificate } from '../src/certificate.ts'
import { decodeAttestationDocumentUnverified } from '../src/index.ts'
import { realDocuments } from './fixtures/vectors.ts'

const ecdsaWithSha384 = '1.2.840.10045.4.3.3'

for (const { name, bytes, expected } of realDocuments()) {
  test(`the certificates of the real document ${name} are read as an independent parser read them`, async t => {
    const { certificate, cabundle } = decodeAttestationDocumentUnverified(bytes)
    for (const [index, der] of [certificate, ...cabundle.toReversed()].entries()) {
      const parsed = parseCertificate(der, 'leaf')
      const wanted = expected.chain[index]
      if (!wanted) throw new Error('more certificates than expected')
      t.strictSame({
        not_before: parsed.notBefore,
        not_after: parsed.notAfter,
        algorithm: parsed.signatureAlgorithm,
        bc: [parsed.isCa, parsed.pathLength ?? null, parsed.extensions.some(({ oid, critical }) => oid === '2.5.29.19' && critical)],
        digital_signature: parsed.mayDigitallySign,
        key_cert_sign: parsed.maySignCertificates,
      }, {
        not_before: Date.parse(wanted.not_before),
        not_after: Date.parse(wanted.not_after),
        algorithm: ecdsaWithSha384,
        bc: wanted.bc,
        digital_signature: wanted.ku.includes('digital_signature'),
        key_cert_sign: wanted.ku.includes('key_cert_sign'),
      }, wanted.subject)
    }
  })
}
