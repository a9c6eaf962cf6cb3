import { X509Certificate } from 'node:crypto'

import { test } from 'tap'

import { awsNitroEnclavesRootG1, awsNitroEnclavesRootG1Sha256, fingerprintOf } from '../src/index.ts'
import { readVector, withVectors } from './fixtures/vectors.ts'

test('the built-in root is the one whose fingerprint AWS publishes', async t => {
  const published = '641A0321A3E244EFE456463195D606317ED7CDCC3C1756E09893F3C68F79BB5B'
  t.equal(fingerprintOf(awsNitroEnclavesRootG1).toUpperCase(), published)
  t.equal(awsNitroEnclavesRootG1Sha256.toUpperCase(), published)
})

test('the built-in root is the CA of the commercial partitions until 2049', async t => {
  const root = new X509Certificate(awsNitroEnclavesRootG1)
  t.equal(root.subject, 'C=US\nO=Amazon\nOU=AWS\nCN=aws.nitro-enclaves')
  t.ok(root.verify(root.publicKey), 'signed by itself')
  t.equal(root.validToDate.toISOString(), '2049-10-28T14:28:05.000Z')
})

test('the built-in root is the file that AWS publishes', withVectors, async t => {
  t.equal(awsNitroEnclavesRootG1.trim(), readVector('attestation/AWS_NitroEnclaves_Root-G1.pem').toString().trim())
})
