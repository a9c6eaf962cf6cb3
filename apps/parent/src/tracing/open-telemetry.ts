import type { Span, SpanStatusCode, TextMapGetter, Tracer } from '@opentelemetry/api'

import { messageOf } from '../errors.ts'
import type { Logger } from '../logger.ts'
import { unlessAborted } from '../wait.ts'
import type { TraceContext } from './trace-context.ts'
import type { RequestFacts, RequestSpan, Tracing } from './tracing.ts'
import { TracingTrouble } from './tracing-trouble.ts'

type Api = typeof import('@opentelemetry/api')

/** What a stop gives the last spans to arrive; a collector that hangs holds up nothing else. */
const flushTimeoutMs = 2000

/**
 * Starts OpenTelemetry's SDK for Node, which takes its settings from the `OTEL_…` environment. Its packages are loaded here and nowhere
 * else, so a service that does not trace does not load them.
 *
 * Only spans are sent: metrics are Prometheus's, logs are lines on standard output.
 */
export async function startOpenTelemetry (serviceName: string, log: Logger): Promise<Tracing> {
  const [api, { NodeSDK }] = await Promise.all([import('@opentelemetry/api'), import('@opentelemetry/sdk-node')])
  const trouble = new TracingTrouble(log, () => performance.now())
  api.diag.setLogger(trouble, api.DiagLogLevel.WARN)
  const sdk = new NodeSDK({ serviceName, instrumentations: [], metricReaders: [], logRecordProcessors: [] })
  sdk.start()
  const tracer = api.trace.getTracer('enclave-signer')
  return {
    begin: (facts, parent) => begin(api, tracer, facts, parent),
    [Symbol.asyncDispose]: async () => {
      const stopped = sdk.shutdown().catch((error: unknown) => { trouble.error(`the last spans were not sent: ${messageOf(error)}`) })
      await unlessAborted(stopped, AbortSignal.timeout(flushTimeoutMs))
    },
  }
}

/** The attributes are those of OpenTelemetry's semantic conventions for HTTP servers. */
function begin (api: Api, tracer: Tracer, { method, route, requestId }: RequestFacts, parent: TraceContext | undefined): RequestSpan {
  const { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } = api
  const outer = parent === undefined ? ROOT_CONTEXT : api.propagation.extract(ROOT_CONTEXT, parent, traceparentGetter)
  const attributes = { 'http.request.method': method, 'http.route': route, 'enclave_signer.request_id': requestId }
  const span = tracer.startSpan(`${method} ${route}`, { kind: SpanKind.SERVER, attributes }, outer)
  const inside = trace.setSpan(outer, span)
  return {
    traceId: span.spanContext().traceId,
    around: async (name, work) => await timed(tracer.startSpan(name, { kind: SpanKind.CLIENT }, inside), SpanStatusCode.ERROR, work),
    end: status => {
      span.setAttribute('http.response.status_code', status)
      if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR })
      span.end()
    },
  }
}

/** An error's code goes into the span, never its text. */
async function timed<T> (span: Span, errorStatus: SpanStatusCode.ERROR, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof Error && 'code' in error && typeof error.code === 'string') span.setAttribute('error.type', error.code)
    span.setStatus({ code: errorStatus })
    throw error
  } finally {
    span.end()
  }
}

const traceparentGetter: TextMapGetter<TraceContext> = {
  keys: () => ['traceparent'],
  get: ({ traceId, parentId, sampled }, key) => key === 'traceparent' ? `00-${traceId}-${parentId}-${sampled ? '01' : '00'}` : undefined,
}
