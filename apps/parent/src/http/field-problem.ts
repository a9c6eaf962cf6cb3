import type { FastifySchemaValidationError } from 'fastify'

import { RequestProblem } from '../problems/request-problem.ts'

/** What Fastify throws of a request that its schema refuses. */
export interface ValidationError {
  validation: FastifySchemaValidationError[]
  validationContext?: string
}

/** Whether a schema refused the request. */
export function isValidationError (error: unknown): error is ValidationError {
  return error instanceof Error && 'validation' in error && Array.isArray(error.validation)
}

/** Names the fields that are not valid. */
export function fieldProblem ({ validation, validationContext }: ValidationError): RequestProblem {
  const where = validationContext === 'querystring' ? 'query' : validationContext ?? 'request'
  const errors = validation.map(({ instancePath, params, message = 'is not valid' }) => {
    const { missingProperty, additionalProperty, allowedValues } = params
    const member = missingProperty ?? additionalProperty
    return {
      field: typeof member === 'string' ? `${instancePath}/${pointerToken(member)}` : instancePath,
      message: Array.isArray(allowedValues) ? `${message}: ${allowedValues.join(', ')}` : message,
    }
  })
  const { field, message } = errors[0] ?? { field: '', message: '' }
  return new RequestProblem('INVALID_REQUEST_FIELD', `the ${where}${field === '' ? '' : `'s ${field}`} is not valid: ${message}`, errors)
}

/** A member's name in a JSON pointer (RFC 6901, section 3). */
function pointerToken (member: string): string {
  return member.replaceAll('~', '~0').replaceAll('/', '~1')
}
