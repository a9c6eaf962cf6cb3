import { test } from 'tap'

import { decodePcrs } from '../src/pcrs.ts'

test('32 PCRs of every allowed size are read', async t => {
  const pcrs = new Map(Array.from({ length: 32 }, (_, index) => [index, Buffer.alloc([32, 48, 64][index % 3] ?? 0, index)]))
  t.strictSame(decodePcrs(pcrs), pcrs)
})

test('one PCR of any index is enough', async t => {
  t.strictSame([...decodePcrs(new Map([[31, Buffer.alloc(48)]])).keys()], [31])
})
