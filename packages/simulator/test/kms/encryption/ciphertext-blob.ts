import fc from 'fast-check'
import { test } from 'tap'
import { keyIdOfBlob, openBlob, sealBlob } from '../../../src/kms/encryption/ciphertext-blob.ts'
import type { KmsKey } from '../../../src/kms/key-store/key-store.ts'

const keyId = '1234abcd-12ab-34cd-56ef-1234567890ab'
const key: KmsKey = {
  keyId, arn: `arn:aws:kms:us-east-1:111122223333:key/${keyId}`, description: '', createdAt: 0, policy: '', material: Buffer.alloc(32, 7),
}
const context = new Map([['purpose', 'signer']])
const invalid = { name: 'KmsError', code: 'InvalidCiphertextException', message: '' }

test('a blob names its key and opens under it in the same encryption context', async t => {
  const blob = sealBlob(key, Buffer.from('secret'), context)
  t.equal(blob.length, 6 + 45)
  t.equal(keyIdOfBlob(blob), keyId)
  t.equal(openBlob(key, blob, context).toString(), 'secret')
})

test('the same plaintext never gives the same blob twice', async t => {
  t.notSame(sealBlob(key, Buffer.from('secret'), context), sealBlob(key, Buffer.from('secret'), context))
})

test('a blob does not open in another encryption context', async t => {
  const blob = sealBlob(key, Buffer.from('secret'), context)
  for (const other of [new Map(), new Map([['purpose', 'Signer']]), new Map([['Purpose', 'signer']]), new Map([...context, ['more', '']])]) {
    t.throws(() => openBlob(key, blob, other), invalid)
  }
})

test('a blob does not open as one of another key, even of the same material', async t => {
  const blob = sealBlob(key, Buffer.from('secret'), context)
  t.throws(() => openBlob({ ...key, arn: key.arn.replace('us-east-1', 'eu-west-1') }, blob, context), invalid)
  t.throws(() => openBlob({ ...key, material: Buffer.alloc(32, 8) }, blob, context), invalid)
})

test('a blob with any one bit changed after its key id does not open', async t => {
  const blob = sealBlob(key, Buffer.from('secret'), context)
  for (let bit = 17 * 8; bit < blob.length * 8; bit++) {
    const altered = Buffer.from(blob)
    altered.writeUInt8(altered.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
    t.throws(() => openBlob(key, altered, context), invalid, `bit ${bit}`)
  }
})

test('what is too short, or of another version, is no blob', async t => {
  const blob = sealBlob(key, Buffer.from('x'), context)
  t.throws(() => keyIdOfBlob(blob.subarray(0, 44)), invalid)
  t.doesNotThrow(() => keyIdOfBlob(blob.subarray(0, 45)))
  t.throws(() => keyIdOfBlob(Buffer.concat([Buffer.of(2), blob.subarray(1)])), invalid)
})

test('random bytes are refused as a blob and never crash', async t => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
    const blob = Buffer.concat([Buffer.of(1), bytes])
    try {
      keyIdOfBlob(blob)
      openBlob(key, blob, context)
    } catch (error) {
      return error instanceof Error && 'code' in error && error.code === 'InvalidCiphertextException'
    }
    return false
  }))
  t.pass()
})
