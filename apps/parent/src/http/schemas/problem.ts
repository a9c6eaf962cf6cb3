import { Type } from 'typebox'

import { problemTable } from '../../problems/problem-table.ts'

/** Every error. */
export const problemSchema = Type.Object({
  type: Type.String({ examples: ['urn:enclave-signer:problem:KEY_NOT_FOUND'] }),
  title: Type.String({ examples: ['There is no such key'] }),
  status: Type.Integer({ examples: [404] }),
  detail: Type.String({ examples: ['There is no key treasury-1. GET /keys lists the keys.'] }),
  code: Type.Enum(Object.keys(problemTable), { description: 'Stable; docs/http-api.md has what each means and what to do.', examples: ['KEY_NOT_FOUND'] }),
  requestId: Type.String({ examples: ['9f86d081884c-1a'] }),
  errors: Type.Optional(Type.Array(Type.Object({
    field: Type.String({ description: 'A JSON pointer into the body or the item of a batch, or the name of a parameter.', examples: ['/message'] }),
    message: Type.String({ examples: ['must be string'] }),
  }), { description: 'Of INVALID_REQUEST_FIELD.' })),
}, { title: 'Problem' })
