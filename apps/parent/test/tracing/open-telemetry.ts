import { test } from 'tap'

import { createLogger } from '../../src/logger.ts'
import { startOpenTelemetry } from '../../src/tracing/open-telemetry.ts'
import { startCollector } from '../fixtures/collector.ts'

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
const parentId = '00f067aa0ba902b7'

// One test: OpenTelemetry's globals are set once in a process.
test('spans reach the collector under the caller\'s trace, with codes and no texts', async t => {
  const collector = await startCollector(t)
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = collector.url
  process.env.OTEL_EXPORTER_OTLP_PROTOCOL = 'http/json'
  const tracing = await startOpenTelemetry('signer-of-mine', createLogger('silent'))

  const good = tracing.begin({ method: 'POST', route: '/sign', requestId: 'r-1' }, { traceId, parentId, sampled: true })
  t.equal(good.traceId, traceId)
  t.equal(await good.around('enclave sign', async () => 7), 7)
  good.end(200)

  const bad = tracing.begin({ method: 'POST', route: '/keys', requestId: 'r-2' }, undefined)
  t.match(bad.traceId, /^[0-9a-f]{32}$/)
  const failure = Object.assign(new Error('about a secret'), { code: 'KMS_FAILED' })
  await t.rejects(bad.around('enclave generateKey', async () => { throw failure }), failure)
  bad.end(502)

  const unsampled = tracing.begin({ method: 'GET', route: '/keys', requestId: 'r-3' }, { traceId: 'a'.repeat(32), parentId, sampled: false })
  unsampled.end(200)
  await tracing[Symbol.asyncDispose]()

  t.equal(collector.serviceName(), 'signer-of-mine')
  t.same([...new Set(collector.paths)], ['/v1/traces'], 'no metrics, no logs')
  const [inner, outer, failed, failing] = collector.spans
  t.equal(collector.spans.length, 4)
  t.match(inner, { name: 'enclave sign', traceId, parentSpanId: outer?.spanId ?? '?', kind: 3 })
  t.match(outer, { name: 'POST /sign', traceId, parentSpanId: parentId, kind: 2, status: { code: 0 } })
  t.match(outer?.attributes, [
    { key: 'http.request.method', value: { stringValue: 'POST' } }, { key: 'http.route', value: { stringValue: '/sign' } },
    { key: 'enclave_signer.request_id', value: { stringValue: 'r-1' } }, { key: 'http.response.status_code', value: { intValue: 200 } },
  ])
  t.match(failed, { name: 'enclave generateKey', traceId: bad.traceId, status: { code: 2 } })
  t.same(failed?.attributes, [{ key: 'error.type', value: { stringValue: 'KMS_FAILED' } }])
  t.match(failing, { name: 'POST /keys', traceId: bad.traceId, status: { code: 2 } })
  t.notMatch(JSON.stringify(collector.spans), 'secret')
})
