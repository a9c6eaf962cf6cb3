import { test } from 'tap'
import { findKey } from '../../../src/kms/key-store/key-id.ts'
import type { KeyStore } from '../../../src/kms/key-store/key-store.ts'

const arnPrefix = 'arn:aws:kms:us-east-1:111122223333'
const keyId = '1234abcd-12ab-34cd-56ef-1234567890ab'
const key = { keyId }
const keys = { find: (id: string) => id === keyId ? key : undefined } as unknown as KeyStore

test('a key is found by its id and by its ARN', async t => {
  t.equal(findKey(keys, arnPrefix, keyId), key)
  t.equal(findKey(keys, arnPrefix, `${arnPrefix}:key/${keyId}`), key)
})

const missing = '00000000-0000-0000-0000-000000000000'
const wordings = [
  [missing, `Key '${arnPrefix}:key/${missing}' does not exist`],
  [`${arnPrefix}:key/${missing}`, `Key '${arnPrefix}:key/${missing}' does not exist`],
  ['alias/signer', `Alias ${arnPrefix}:alias/signer is not found.`],
  [`${arnPrefix}:alias/signer`, `Alias ${arnPrefix}:alias/signer is not found.`],
  [`arn:aws:kms:eu-west-1:111122223333:key/${keyId}`, `Invalid arn arn:aws:kms:eu-west-1:111122223333:key/${keyId}`],
  [`arn:aws:kms:us-east-1:444455556666:key/${keyId}`, `Invalid arn arn:aws:kms:us-east-1:444455556666:key/${keyId}`],
  [`${arnPrefix}:${keyId}`, `Invalid keyId '${arnPrefix}:${keyId}'`],
  [keyId.toUpperCase(), `Invalid keyId '${keyId.toUpperCase()}'`],
  ['key', "Invalid keyId 'key'"],
] as const

for (const [name, message] of wordings) {
  test(`the KeyId ${name} is not found`, async t => {
    t.throws(() => findKey(keys, arnPrefix, name), { code: 'NotFoundException', message })
  })
}
