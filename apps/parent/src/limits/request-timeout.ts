import { RequestProblem } from '../problems/request-problem.ts'

/** Seconds, with milliseconds at most: `5`, `0.25`. Of any length: what is too large for a number is Infinity, which counts as the most. */
const seconds = /^\d+(?:\.\d{1,3})?$/

/**
 * Milliseconds of a `Request-Timeout` header, at most `maxMs`; undefined where there is none. The header is that of
 * draft-thomson-hybi-http-timeout (whole seconds), the one proposal there was, with fractions.
 *
 * @throws RequestProblem `INVALID_REQUEST_FIELD`.
 */
export function parseRequestTimeout (value: string | string[] | undefined, maxMs: number): number | undefined {
  if (value === undefined) return undefined
  const ms = typeof value === 'string' && seconds.test(value) ? Math.ceil(Number(value) * 1000) : 0
  if (ms > 0) return Math.min(ms, maxMs)
  const message = 'must be seconds above 0, with at most three decimals'
  throw new RequestProblem('INVALID_REQUEST_FIELD', `the header Request-Timeout is not valid: ${message}`, [{ field: 'request-timeout', message }])
}
