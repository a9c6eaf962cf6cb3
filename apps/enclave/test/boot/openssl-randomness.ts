import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { test } from 'tap'
import { seedOpenssl } from '../../src/boot/openssl-randomness.ts'
import { seedCounts } from '../fixtures/openssl-generator.ts'

test('OpenSSL\'s generator is seeded anew at once, and the one that keys come from follows at its next use', async t => {
  generateKeyPairSync('ed25519')
  const before = seedCounts()
  seedOpenssl(randomBytes(64))
  t.equal(seedCounts().primary, before.primary + 1)
  generateKeyPairSync('ed25519')
  const after = seedCounts()
  t.ok(after.private > before.private, `${before.private} to ${after.private}`)
})
