import { test } from 'tap'

import { awsNitroEnclavesRootG1, awsNitroEnclavesRootG1Sha256, fingerprintOf } from '../src/index.ts'
import { derOf } from '../src/root.ts'
import { pemOf } from './fixtures/certificates.ts'
import { createNitroPki } from './fixtures/nitro-pki.ts'
import { refusalOf } from './fixtures/refusal.ts'

test('a PEM certificate gives its DER', async t => {
  const { root, cabundle } = createNitroPki()
  t.strictSame(derOf(root), cabundle[0])
})

test('a fingerprint does not depend on the PEM around the certificate', async t => {
  const wrapped = `text before\r\n${awsNitroEnclavesRootG1.replaceAll('\n', '\r\n')}text after`
  t.equal(fingerprintOf(wrapped), awsNitroEnclavesRootG1Sha256)
})

test('a fingerprint of something else is refused with its cause', async t => {
  const error = refusalOf(() => fingerprintOf(pemOf(Buffer.from('no certificate'))))
  t.equal(error.code, 'ROOT_INVALID')
  t.ok(error.cause instanceof Error)
})
