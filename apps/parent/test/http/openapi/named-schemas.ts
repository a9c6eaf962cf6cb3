import { test } from 'tap'

import { takeOutNamedSchemas } from '../../../src/http/openapi/named-schemas.ts'

test('a schema with a name is taken out wherever it stands, the inner one out of the outer one too', async t => {
  const inner = { title: 'Inner', type: 'string' }
  const outer = { title: 'Outer', type: 'object', properties: { inner, list: { type: 'array', items: inner } } }
  t.same(takeOutNamedSchemas({ a: { schema: outer }, b: [inner] }), {
    document: { a: { schema: { $ref: '#/components/schemas/Outer' } }, b: [{ $ref: '#/components/schemas/Inner' }] },
    schemas: {
      Inner: inner,
      Outer: {
        title: 'Outer',
        type: 'object',
        properties: { inner: { $ref: '#/components/schemas/Inner' }, list: { type: 'array', items: { $ref: '#/components/schemas/Inner' } } },
      },
    },
  })
})

test('a title that is a sentence, and the title of an example, are no names', async t => {
  for (const document of [{ title: 'There is no such key' }, { title: 5 }, { title: null }, ['title'], 'title', null]) {
    t.same(takeOutNamedSchemas(document), { document, schemas: {} })
  }
})
