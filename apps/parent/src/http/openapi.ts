import type { TSchema } from 'typebox'

import { problemTable } from './problem-table.ts'
import type { ProblemCode } from './problem-table.ts'
import { problemSchema } from './schemas.ts'

/** What the page says of the whole. */
export const openApiDocument = {
  openapi: '3.1.0',
  info: {
    title: 'enclave-signer',
    version: '0.1.0',
    description: 'Signs with keys that exist in clear text only inside an AWS Nitro Enclave. Errors are application/problem+json with a stable `code`.',
  },
  tags: [
    { name: 'signing', description: 'Signatures' },
    { name: 'keys', description: 'Keys and their proof' },
    { name: 'enclave', description: 'The enclave behind it' },
    { name: 'operation', description: 'Probes and metrics' },
  ],
}

/** The answers of a route: the good one, and every error that its codes lead to. */
export function answers (status: 200 | 201, description: string, schema: TSchema, ...codes: ProblemCode[]): Record<number, unknown> {
  const errors = new Map<number, string[]>()
  for (const code of ['MALFORMED_REQUEST', ...codes, 'SHUTTING_DOWN'] as const) {
    const answered = problemTable[code].status
    errors.set(answered, [...errors.get(answered) ?? [], code])
  }
  return {
    [status]: { ...schema, description },
    ...Object.fromEntries([...errors].map(([answered, names]) => [answered, problemAnswer(names)])),
  }
}

/** Codes of every route that needs an enclave. */
export const enclaveProblems = [
  'ENCLAVE_NOT_READY', 'CONNECTION_LOST', 'OVERLOADED', 'DEADLINE_EXCEEDED', 'INTERNAL',
] as const satisfies readonly ProblemCode[]

/** Codes of every route that may have KMS asked. */
export const kmsProblems = [
  'KMS_ACCESS_DENIED', 'KMS_CREDENTIALS_EXPIRED', 'KMS_CREDENTIALS_REJECTED', 'KMS_KEY_UNAVAILABLE', 'KMS_THROTTLED', 'KMS_UNREACHABLE',
  'KMS_UNTRUSTED', 'KMS_ANSWER_INVALID', 'KMS_FAILED', 'CREDENTIALS_MISSING',
] as const satisfies readonly ProblemCode[]

function problemAnswer (codes: string[]): object {
  return { description: codes.join(', '), content: { 'application/problem+json': { schema: problemSchema } } }
}
