import { traceId } from './fields.ts'
import { maxTimeoutMs } from './limits.ts'
import { integer, object } from './schema.ts'
import type { Checked } from './schema.ts'

/** Checks what a request says of itself beside its parameters. */
export const requestContext = object({}, { timeoutMs: integer(1, maxTimeoutMs), traceId })

/** `timeoutMs`: milliseconds from the request's arrival in which it must be begun. `traceId`: the W3C trace id of what it belongs to. */
export type RequestContext = Checked<typeof requestContext>
