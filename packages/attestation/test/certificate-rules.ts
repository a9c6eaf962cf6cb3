import { test } from 'tap'

import { checkCertificate } from '../src/certificate-rules.ts'
import { parseCertificate } from '../src/certificate.ts'
import { extension } from './fixtures/certificates.ts'
import { createNitroPki, testNow } from './fixtures/nitro-pki.ts'
import { refusalOf } from './fixtures/refusal.ts'

test('a certificate is valid from the first to the last millisecond it names', async t => {
  const { certificate } = createNitroPki({ leaf: () => ({ notBefore: new Date(testNow), notAfter: new Date(testNow + 5000) }) })
  const leaf = parseCertificate(certificate, 'leaf')
  t.equal(refusalOf(() => { checkCertificate(leaf, testNow - 1) }).code, 'CERTIFICATE_NOT_YET_VALID')
  t.doesNotThrow(() => { checkCertificate(leaf, testNow) })
  t.doesNotThrow(() => { checkCertificate(leaf, testNow + 5000) })
  t.equal(refusalOf(() => { checkCertificate(leaf, testNow + 5001) }).code, 'CERTIFICATE_EXPIRED')
})

test('an extension that is not critical need not be understood', async t => {
  const unknown = extension('1.2.3.4', false, new Uint8Array([5, 0]).buffer)
  const { certificate } = createNitroPki({ leaf: ({ extensions }) => ({ extensions: [...extensions, unknown] }) })
  t.doesNotThrow(() => { checkCertificate(parseCertificate(certificate, 'leaf'), testNow) })
})
