import type { TraceContext } from './trace-context.ts'

/** What a request is called in its trace. */
export interface RequestFacts {
  method: string
  /** The route's pattern, not the path. */
  route: string
  requestId: string
}

/** One request in a trace. */
export interface RequestSpan {
  /** 32 lower-case hexadecimal digits. */
  readonly traceId: string
  /** Does a part of the request under a span of its own. */
  around: <T>(name: string, work: () => Promise<T>) => Promise<T>
  /** The request has been answered. */
  end: (status: number) => void
}

/** What is known of a request's trace. */
export interface RequestTrace {
  /** The caller's, or one of ours where spans are sent; 32 lower-case hexadecimal digits. */
  readonly traceId: string
  /** Where spans are sent. */
  readonly span?: RequestSpan
}

/** Where spans go. */
export interface Tracing extends AsyncDisposable {
  begin: (facts: RequestFacts, parent: TraceContext | undefined) => RequestSpan
}
