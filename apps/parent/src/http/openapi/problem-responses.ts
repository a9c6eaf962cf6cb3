import { problemTable } from '../../problems/problem-table.ts'
import type { ProblemCode } from '../../problems/problem-table.ts'
import { problemSchema } from '../schemas/problem.ts'
import type { Json } from './named-schemas.ts'

/** What an error answer of these codes looks like: which codes, what each means, and an example of each. */
export function problemResponse (codes: readonly ProblemCode[]): { description: string, content: Json } {
  return {
    description: codes.map(code => `\`${code}\`: ${problemTable[code].title}.`).join(' '),
    content: {
      'application/problem+json': {
        schema: { allOf: [structuredClone(problemSchema) as unknown as Json, { type: 'object', required: ['code'], properties: { code: { type: 'string', enum: codes } } }] },
        examples: Object.fromEntries(codes.map(code => [code, { $ref: `#/components/examples/${code}` }])),
      },
    },
  }
}

/** An example of a code's problem, under its code. */
export function problemExamples (codes: Iterable<ProblemCode>): Record<string, Json> {
  return Object.fromEntries(Array.from(codes, code => {
    const { status, title, advice } = problemTable[code]
    const type = `urn:enclave-signer:problem:${code}`
    return [code, { summary: title, value: { type, title, status, detail: advice, code, requestId: '9f86d081884c-1a' } }]
  }))
}
