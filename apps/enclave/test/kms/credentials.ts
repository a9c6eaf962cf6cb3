import { test } from 'tap'
import { readCredentials } from '../../src/kms/credentials.ts'

const now = Date.UTC(2026, 0, 1)
const hour = 3_600_000
const given = { accessKeyId: 'AKID', secretAccessKey: 'the-secret', sessionToken: 'the-token' }

test('credentials that end between now and 36 hours ahead are taken', async t => {
  for (const ahead of [1, hour, 36 * hour]) {
    const { expiresAt, accessKeyId, secretAccessKey, sessionToken } = readCredentials({ ...given, expiresAt: now + ahead }, now)
    t.same([expiresAt, accessKeyId, secretAccessKey.reveal(), sessionToken.reveal()], [now + ahead, 'AKID', 'the-secret', 'the-token'])
  }
})

test('credentials with a past or an absurd expiry are refused, by the enclave\'s own clock', async t => {
  for (const expiresAt of [0, now - 1, now]) {
    t.throws(() => readCredentials({ ...given, expiresAt }, now), { code: 'CREDENTIALS_INVALID', message: 'the credentials have expired already' })
  }
  for (const expiresAt of [now + 36 * hour + 1, Number.MAX_SAFE_INTEGER]) {
    t.throws(() => readCredentials({ ...given, expiresAt }, now), { code: 'CREDENTIALS_INVALID', message: 'the credentials expire more than 36 hours ahead' })
  }
})
