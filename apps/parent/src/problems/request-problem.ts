import type { ProblemCode } from './problem-table.ts'

/** A fault of one field. */
export interface FieldFault {
  /** A JSON pointer into the body, or the parameter's name. */
  field: string
  message: string
}

/** A fault of the request, found before any key or enclave is asked. */
export class RequestProblem extends Error {
  override readonly name = 'RequestProblem'
  readonly code: ProblemCode
  readonly errors: FieldFault[] | undefined
  /** Seconds; undefined: what the problem table says. */
  readonly retryAfter: number | undefined = undefined

  constructor (code: ProblemCode, message: string, errors?: FieldFault[]) {
    super(message)
    this.code = code
    this.errors = errors
  }
}
