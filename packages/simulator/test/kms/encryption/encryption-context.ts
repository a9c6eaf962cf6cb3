import { test } from 'tap'
import { canonicalEncryptionContext } from '../../../src/kms/encryption/encryption-context.ts'

const canonical = (...pairs: [string, string][]) => canonicalEncryptionContext(new Map(pairs))

test('the order of an encryption context has no meaning', async t => {
  t.equal(canonical(['b', '2'], ['a', '1']), canonical(['a', '1'], ['b', '2']))
})

test('names and values cannot run into each other', async t => {
  const forms = [
    canonical(), canonical(['a', 'b']), canonical(['b', 'a']), canonical(['ab', '']), canonical(['', 'ab']), canonical(['a","b', 'c']),
    canonical(['a', 'b'], ['c', 'd']), canonical(['a', 'b","c","d']), canonical(['A', 'b']),
  ]
  t.equal(new Set(forms).size, forms.length)
})
