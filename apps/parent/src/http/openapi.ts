import type { TSchema } from 'typebox'

import { problemTable } from '../problems/problem-table.ts'
import type { ProblemCode } from '../problems/problem-table.ts'

/** What the page says of the whole; `openapi/complete-document.ts` adds what routes have in common. */
export const openApiDocument = {
  openapi: '3.1.0',
  info: {
    title: 'enclave-signer',
    version: '0.1.0',
    summary: 'Signs with keys that exist in clear text only inside an AWS Nitro Enclave.',
    description: 'Words and semantics are those of AWS KMS `Sign`. Every error is `application/problem+json` (RFC 9457) with a stable `code`. ' +
      'Repeats of a POST are safe under an `Idempotency-Key`.',
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  },
  servers: [{ url: '/', description: 'The service that this document comes from' }],
  tags: [
    { name: 'signing', description: 'Signatures' },
    { name: 'keys', description: 'Keys and their proof' },
    { name: 'enclave', description: 'The enclave behind it' },
    { name: 'operation', description: 'Probes, metrics and this document' },
  ],
}

/** Codes of every route: what is of the whole service is added here and nowhere else. */
export const everyRouteProblems = [
  'MALFORMED_REQUEST', 'INVALID_REQUEST_FIELD', 'REQUEST_TIMEOUT', 'HEADERS_TOO_LARGE', 'INTERNAL', 'SHUTTING_DOWN',
] as const satisfies readonly ProblemCode[]

/** Codes of every route that asks who calls. */
export const everyCallerProblems = [
  'CALLER_UNKNOWN', 'CALLER_CREDENTIALS_EXPIRED', 'NOT_PERMITTED', 'ISSUER_UNAVAILABLE', 'RATE_LIMITED', 'OVERLOADED',
] as const satisfies readonly ProblemCode[]

/** Codes of every route that takes a body. */
export const bodyProblems = ['UNSUPPORTED_MEDIA_TYPE', 'BODY_TOO_LARGE'] as const satisfies readonly ProblemCode[]

/** Codes of every route that takes an `Idempotency-Key`. */
export const idempotencyProblems = ['IDEMPOTENCY_KEY_REUSED', 'IDEMPOTENCY_KEY_IN_USE'] as const satisfies readonly ProblemCode[]

/** Codes of every route that needs an enclave. */
export const enclaveProblems = [
  'ENCLAVE_NOT_READY', 'CONNECTION_LOST', 'INVALID_ANSWER', 'OVERLOADED', 'DEADLINE_EXCEEDED',
] as const satisfies readonly ProblemCode[]

/** Codes of every route that may have KMS asked. */
export const kmsProblems = [
  'KMS_ACCESS_DENIED', 'KMS_CREDENTIALS_EXPIRED', 'KMS_CREDENTIALS_REJECTED', 'KMS_KEY_UNAVAILABLE', 'KMS_THROTTLED', 'KMS_UNREACHABLE',
  'KMS_UNTRUSTED', 'KMS_ANSWER_INVALID', 'KMS_FAILED', 'CREDENTIALS_MISSING', 'NSM_FAILED',
] as const satisfies readonly ProblemCode[]

/** Codes of every route that may have a sealed key opened. */
export const unsealProblems = ['KMS_INVALID_CIPHERTEXT', 'INVALID_KEY', ...kmsProblems] as const satisfies readonly ProblemCode[]

/** Codes of every route that works with a stored key. */
export const storedKeyProblems = [
  'KEY_NOT_FOUND', 'KEY_UNREADABLE', 'KEY_NOT_LOADED', 'SEAL_BROKEN', 'PUBLIC_KEY_MISMATCH', ...unsealProblems,
] as const satisfies readonly ProblemCode[]

/** Codes of every signature under a sequence, and of keys that take nothing else. */
export const sequenceProblems = [
  'SEQUENCE_NOT_ABOVE', 'SEQUENCE_REQUIRED', 'WATERMARK_UNREADABLE', 'WATERMARK_UNAVAILABLE',
] as const satisfies readonly ProblemCode[]

/** Codes that only the document reads: see {@link answers}. */
export const problemCodes = 'x-problem-codes'

/** The answers of a route, for its schema's `response`: the good one, and every error that its codes lead to. */
export function answers (status: 200 | 201, description: string, schema: TSchema, ...codes: ProblemCode[]): Record<number, unknown> {
  return answersBy(code => problemTable[code].status, { status, description, schema, codes })
}

/** The same of the route that is given a sealed key. */
export function importAnswers (status: 200 | 201, description: string, schema: TSchema, ...codes: ProblemCode[]): Record<number, unknown> {
  return answersBy(code => problemTable[code].statusOnImport ?? problemTable[code].status, { status, description, schema, codes })
}

interface Answers {
  status: number
  description: string
  schema: TSchema
  codes: readonly ProblemCode[]
}

/** Errors leave as text, so that their schemas need not be compiled: codes stand in their place until the document is completed. */
function answersBy (statusOf: (code: ProblemCode) => number, { status, description, schema, codes }: Answers): Record<number, unknown> {
  const errors = Map.groupBy(codes, statusOf)
  return {
    [status]: { ...schema, 'x-response-description': description },
    ...Object.fromEntries(Array.from(errors, ([answered, names]) => [answered, problemPlaceholder(names)])),
  }
}

function problemPlaceholder (codes: readonly ProblemCode[]): object {
  return { description: codes.join(', '), content: { 'application/problem+json': { schema: { [problemCodes]: [...new Set(codes)] } } } }
}
