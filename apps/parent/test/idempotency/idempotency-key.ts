import { test } from 'tap'

import { idempotencyKeyOf, idempotencyKeyPattern } from '../../src/idempotency/idempotency-key.ts'

const pattern = new RegExp(idempotencyKeyPattern, 'u')

test('a key in quotes and the same key bare are one key', async t => {
  t.equal(idempotencyKeyOf('"8e03978e"'), '8e03978e')
  t.equal(idempotencyKeyOf('8e03978e'), '8e03978e')
})

for (const good of ['"8e03978e-40d5-43dd-bc93-6894a57f9324"', '"two words, and a comma"', '8e03978e-40d5-43dd-bc93-6894a57f9324', 'a', `"${'x'.repeat(255)}"`, 'x'.repeat(255)]) {
  test(`${good.slice(0, 50)} is a key`, async t => { t.match(good, pattern) })
}

const bad = ['', '""', '"', '"a', 'a"', 'two words', '"a", "b"', '"a\\"b"', 'ä', '"\t"', `"${'x'.repeat(256)}"`, 'x'.repeat(256)]
for (const text of bad) {
  test(`${JSON.stringify(text.slice(0, 50))} is none`, async t => { t.notMatch(text, pattern) })
}
