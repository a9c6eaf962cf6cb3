import { test } from 'tap'

import { stackless } from '../../src/limits/stackless.ts'

test('only the error itself goes without a stack', async t => {
  t.equal(stackless(() => new RangeError('too many')).stack, 'RangeError: too many')
  t.match(new Error('afterwards').stack, /test\/limits\/stackless\.ts/)
})

test('a maker that fails leaves nothing behind', async t => {
  t.throws(() => stackless(() => { throw new TypeError('no') }), TypeError)
  t.match(new Error('afterwards').stack, /test\/limits\/stackless\.ts/)
})
