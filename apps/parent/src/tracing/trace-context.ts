/** Where a request stands in its caller's trace (W3C Trace Context, level 1). */
export interface TraceContext {
  /** 32 lower-case hexadecimal digits, not all zero. */
  traceId: string
  /** The caller's span: 16 lower-case hexadecimal digits, not all zero. */
  parentId: string
  sampled: boolean
}

/** `version-traceid-parentid-flags`; later versions may have more after that. */
const traceparentPattern = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/

/** Reads a `traceparent` header; undefined for one that the specification has ignored. */
export function parseTraceparent (header: string | readonly string[] | undefined): TraceContext | undefined {
  const [, version, traceId, parentId, flags, rest] = typeof header === 'string' ? traceparentPattern.exec(header) ?? [] : []
  if (traceId === undefined || parentId === undefined || flags === undefined) return undefined
  if (version === '00' && rest !== undefined) return undefined
  return { traceId, parentId, sampled: (Number.parseInt(flags, 16) & 1) === 1 }
}
