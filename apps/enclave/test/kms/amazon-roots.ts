import { X509Certificate } from 'node:crypto'
import { test } from 'tap'
import { amazonRoots } from '../../src/kms/amazon-roots.ts'

const published = [
  ['Amazon Root CA 1', '8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e'],
  ['Amazon Root CA 2', '1ba5b2aa8c65401a82960118f80bec4f62304d83cec4713a19c39c011ea46db4'],
  ['Amazon Root CA 3', '18ce6cfe7bf14e60b2e347b8dfe868cb31d02ebb3ada271569f50343b46db3a4'],
  ['Amazon Root CA 4', 'e35d28419ed02025cfa69038cd623962458da5c695fbdea3c22b0bfb25897092'],
  ['Starfield Services Root Certificate Authority - G2', '568d6905a2c88708a4b3025190edcfedb1974a606a13c6e5290fcb2ae63edab5'],
]

test('KMS is trusted under the five roots that Amazon publishes, by their fingerprints, and under no other', async t => {
  const roots = amazonRoots.map(pem => new X509Certificate(pem))
  t.same(roots.map(({ subject, fingerprint256 }) => [/CN=(.*)/.exec(subject)?.[1], fingerprint256.replaceAll(':', '').toLowerCase()]), published)
  t.ok(roots.every(root => root.ca && root.verify(root.publicKey)))
})
