import { EnclaveError, ProtocolError } from '@enclave-signer/protocol'
import type { EnclaveErrorCode, ProtocolErrorCode } from '@enclave-signer/protocol'

import { isParentError } from '../errors.ts'
import { problemTable, shownAs } from './problem-table.ts'
import type { ProblemCode } from './problem-table.ts'
import { RequestProblem } from './request-problem.ts'
import type { FieldFault } from './request-problem.ts'

/** The body of every answer that is an error (RFC 9457). */
export interface Problem {
  type: string
  title: string
  status: number
  detail: string
  code: ProblemCode
  requestId: string
  errors?: FieldFault[]
}

/** How an error is answered. */
export interface ProblemAnswer {
  problem: Problem
  retryAfter: number | undefined
}

/** `importing` says that the request gave the sealed key. */
export interface ProblemContext {
  requestId: string
  importing?: boolean
}

/** The answer to whatever a route threw. Of an error that is not known nothing is shown. */
export function problemOf (error: unknown, { requestId, importing = false }: ProblemContext): ProblemAnswer {
  const code = codeOf(error)
  const { status, statusOnImport, title, advice, retryAfter } = problemTable[code]
  const said = problemTable[code].title === problemTable.INTERNAL.title ? '' : messageOf(error)
  const problem: Problem = {
    type: `urn:enclave-signer:problem:${code}`,
    title,
    status: importing ? statusOnImport ?? status : status,
    detail: said === '' ? advice : `${sentence(said)} ${advice}`,
    code,
    requestId,
  }
  if (error instanceof RequestProblem && error.errors !== undefined) problem.errors = error.errors
  return { problem, retryAfter: error instanceof RequestProblem ? error.retryAfter ?? retryAfter : retryAfter }
}

/** The code an error is answered, counted and logged with. */
export function codeOf (error: unknown): ProblemCode {
  if (error instanceof RequestProblem) return error.code
  if (error instanceof EnclaveError || error instanceof ProtocolError) return shown(error.code)
  if (isParentError(error) && isShown(error.code)) return error.code
  return isFrameworkError(error) ? frameworkCode(error) : 'INTERNAL'
}

function shown (code: EnclaveErrorCode | ProtocolErrorCode): ProblemCode {
  return isShown(code) ? code : shownAs[code]
}

interface FrameworkError {
  code?: string
  statusCode: number
}

function isShown<C extends string> (code: C): code is Extract<C, ProblemCode> {
  return Object.hasOwn(problemTable, code)
}

function isFrameworkError (error: unknown): error is FrameworkError {
  return error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number'
}

/** Fastify's own errors by their status: 400 for JSON and URLs that cannot be read, and so on. */
function frameworkCode ({ statusCode }: FrameworkError): ProblemCode {
  if (statusCode === 413) return 'BODY_TOO_LARGE'
  if (statusCode === 415) return 'UNSUPPORTED_MEDIA_TYPE'
  if (statusCode === 404) return 'ROUTE_NOT_FOUND'
  return statusCode >= 400 && statusCode < 500 ? 'MALFORMED_REQUEST' : 'INTERNAL'
}

function messageOf (error: unknown): string {
  return error instanceof Error ? error.message : ''
}

function sentence (text: string): string {
  const capital = text.charAt(0).toUpperCase() + text.slice(1)
  return capital.endsWith('.') ? capital : `${capital}.`
}
