import { test } from 'tap'

import { clearForGenerators } from '../../../src/http/openapi/clear-for-generators.ts'

test('a member with a default is not required of a caller, at any depth', async t => {
  const schema = { type: 'object', required: ['a', 'b'], properties: { a: { type: 'string' }, b: { type: 'string', default: 'x' } } }
  t.same(clearForGenerators({ items: [schema] }), { items: [{ ...schema, required: ['a'] }] })
})

test('an enumeration of texts is a text, another one stays as it is', async t => {
  t.same(clearForGenerators({ enum: ['a', 'b'] }), { type: 'string', enum: ['a', 'b'] })
  t.same(clearForGenerators({ enum: [1, 'b'] }), { enum: [1, 'b'] })
  t.same(clearForGenerators({ type: 'string', enum: ['a'] }), { type: 'string', enum: ['a'] })
})
