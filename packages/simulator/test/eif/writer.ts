import { test } from 'tap'

import { decodeEif } from '../../src/eif/reader.ts'
import { encodeEif } from '../../src/eif/writer.ts'
import { vector, withVectors } from '../fixtures/vectors.ts'

for (const name of ['tiny.eif', 'tiny-signed.eif']) {
  test(`${name} is written again to the same bytes`, withVectors, async (t) => {
    const bytes = vector(`eif/${name}`)
    t.same(encodeEif(decodeEif(bytes)), bytes)
  })
}

test('what is written is read again with a CRC that matches', async (t) => {
  const sections = [{ type: 'ramdisk' as const, data: Buffer.alloc(1000, 7) }, { type: 'metadata' as const, data: Buffer.alloc(0) }]
  t.match(decodeEif(encodeEif({ flags: 1, sections })), { version: 4, flags: 1, sections, crcMatches: true })
})

test('a 33rd section is refused', async (t) => {
  const sections = Array.from({ length: 33 }, () => ({ type: 'ramdisk' as const, data: Buffer.alloc(1) }))
  t.throws(() => encodeEif({ flags: 0, sections }), { code: 'EIF_MALFORMED', facts: { actual: 33, limit: 32 } })
})
