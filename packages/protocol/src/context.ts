import { maxTimeoutMs } from './limits.ts'
import { integer, object, string } from './schema.ts'
import type { Checked } from './schema.ts'

/** W3C Trace Context: 16 bytes in lower-case hexadecimal that are not all zero. */
const traceIdPattern = /^(?!0{32})[0-9a-f]{32}$/

/** Checks what a request says of itself beside its parameters. */
export const requestContext = object({}, { timeoutMs: integer(1, maxTimeoutMs), traceId: string(32, traceIdPattern) })

/** `timeoutMs`: milliseconds from the request's arrival in which it must be begun. `traceId`: the W3C trace id of what it belongs to. */
export type RequestContext = Checked<typeof requestContext>
