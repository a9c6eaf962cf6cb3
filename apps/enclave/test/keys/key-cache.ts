import { test } from 'tap'
import { KeyCache } from '../../src/keys/key-cache.ts'
import type { LoadedKey } from '../../src/keys/key-cache.ts'

function fake (keyId: string, erased: string[] = []): LoadedKey {
  return {
    record: { keyId, keySpec: 'ECC_NIST_P256', origin: 'EXTERNAL', publicKey: '', createdAt: '' },
    sealedAs: { digest: '', publicKey: '' },
    privateKey: { keySpec: 'ECC_NIST_P256', publicKey: Buffer.alloc(0), sign: () => ({ signature: Buffer.alloc(0) }), erase: () => { erased.push(keyId) } },
  }
}

test('the key used longest ago is erased for the next, and told', async t => {
  const erased: string[] = []
  const told: string[] = []
  const cache = new KeyCache(2, keyId => { told.push(keyId) })
  cache.add(fake('a', erased))
  cache.add(fake('b', erased))
  cache.get('a')
  cache.add(fake('c', erased))
  t.same([erased, told], [['b'], ['b']])
  t.equal(cache.size, 2)
  t.equal(cache.get('b'), undefined)
  t.equal(cache.get('a')?.record.keyId, 'a')
})

test('clearing erases every key', async t => {
  const erased: string[] = []
  const cache = new KeyCache(5)
  for (const keyId of ['a', 'b', 'c']) cache.add(fake(keyId, erased))
  cache.clear()
  t.same(erased, ['a', 'b', 'c'])
  t.equal(cache.size, 0)
})
