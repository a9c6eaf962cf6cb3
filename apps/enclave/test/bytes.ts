import { test } from 'tap'
import { erase, ownBytes } from '../src/bytes.ts'

test('erased bytes are zeros', async t => {
  const [a, b] = [Buffer.from('a'), new Uint8Array([1, 2])]
  erase(a, b)
  t.same([...a, ...b], [0, 0, 0])
})

test('own bytes share memory with nothing, Node\'s pool of small buffers included', async t => {
  const given = Buffer.from('small')
  const own = ownBytes(given)
  t.same(own, given)
  t.equal(own.buffer.byteLength, 5)
  given.fill(0)
  t.equal(own.toString(), 'small')
})
