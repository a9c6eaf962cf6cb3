import { Type } from 'typebox'

import { closed } from './fields.ts'
import { problemSchema } from './problem.ts'
import { signRequest, signResponse } from './sign.ts'

const mostBatchItems = 100
const batchItems = { minItems: 1, maxItems: mostBatchItems }

/** `POST /sign/batch` as it is checked: what each item is, is its own affair. */
export const batchRequest = Type.Object({ items: Type.Array(Type.Unknown(), batchItems) }, closed)

/** The same as callers see it. */
export const shownBatchRequest = Type.Object({
  items: Type.Array(signRequest, { ...batchItems, description: 'An item that is not valid is refused on its own; the others are signed.' }),
}, { title: 'SignBatchRequest', ...closed })

/** Its answer. */
export const batchResponse = Type.Object({
  results: Type.Array(Type.Union([
    Type.Object({ status: Type.Literal(200), ...signResponse.properties }, { title: 'BatchSignature' }),
    Type.Object({
      status: Type.Integer({ minimum: 400, maximum: 599, description: 'What POST /sign would have been answered with.', examples: [404] }),
      retryAfter: Type.Optional(Type.Integer({ minimum: 1, description: 'Seconds after which trying again makes sense.' })),
      problem: problemSchema,
    }, { title: 'BatchRefusal' }),
  ]), { ...batchItems, description: 'In the order of the items.' }),
}, { title: 'SignBatchResponse' })
