import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { test } from 'tap'

import { createMetrics } from '../../src/metrics/metrics.ts'
import type { Metrics } from '../../src/metrics/metrics.ts'

const page = readFileSync(join(import.meta.dirname, '../../../../docs/metrics.md'), 'utf8')

/** Node's and the process's own, which prom-client brings. */
const ofTheRuntime = /^enclave_signer_(?:process|nodejs)_/

test('docs/metrics.md lists every metric of ours by name, type and labels, and no other', async t => {
  const actual = metricsAtStart().registry.getMetricsAsArray()
    .filter(({ name }) => !ofTheRuntime.test(name))
    .map(metric => [metric.name, (metric as unknown as { constructor: { name: string } }).constructor.name.toLowerCase(), labelsOf(metric).join(', ')])
  const documented = [...page.matchAll(/^\| `([a-z_]+)` \| (\w+) \| ([^|]*) \|/gm)].map(([, name, type, labels]) => [name, type, labels?.replaceAll('`', '').trim()])
  t.same(documented.sort(), actual.sort())
})

test('docs/metrics.md says of each metric whether it has series from the start', async t => {
  const metrics = await metricsAtStart().registry.getMetricsAsJSON()
  const actual = metrics.filter(({ name, values }) => !ofTheRuntime.test(name) && values.length > 0).map(({ name }) => name)
  const documented = [...page.matchAll(/^\| `([a-z_]+)` \| \w+ \| [^|]*\| start/gm)].map(([, name]) => name)
  t.same(documented.sort(), actual.sort())
})

test('calls to KMS are counted on over the enclave\'s restarts', async t => {
  const metrics = createMetrics()
  const ping = { roundTripMs: 1, clockDifferenceMs: -2, keysLoaded: 4, eventLoopDelayMs: 3, residentBytes: 5 }
  for (const count of [2, 2, 1]) metrics.pinged('e', { ...ping, kmsCalls: [{ operation: 'Decrypt', outcome: 'ok', count }] })
  const text = await metrics.registry.metrics()
  t.match(text, 'enclave_signer_kms_calls_total{enclave="e",operation="Decrypt",outcome="ok"} 3')
  t.match(text, 'enclave_signer_enclave_ping_duration_seconds{enclave="e"} 0.001')
  t.match(text, 'enclave_signer_enclave_clock_difference_seconds{enclave="e"} -0.002')
  t.match(text, 'enclave_signer_enclave_event_loop_delay_seconds{enclave="e"} 0.003')
  t.match(text, 'enclave_signer_enclave_resident_memory_bytes{enclave="e"} 5')
})

test('only signatures that were given out are timed, all are counted', async t => {
  const metrics = createMetrics()
  const key = { keySpec: 'RSA_2048', signingAlgorithm: 'RSASSA_PSS_SHA_256' } as const
  metrics.signed({ ...key, outcome: 'ok', seconds: 0.004 })
  metrics.signed({ ...key, outcome: 'KMS_FAILED', seconds: 1 })
  const text = await metrics.registry.metrics()
  t.match(text, 'enclave_signer_signature_duration_seconds_sum{key_spec="RSA_2048",signing_algorithm="RSASSA_PSS_SHA_256"} 0.004')
  t.match(text, 'enclave_signer_signatures_total{key_spec="RSA_2048",signing_algorithm="RSASSA_PSS_SHA_256",outcome="KMS_FAILED"} 1')
  t.same(await metrics.signingTotals(), { signed: 1, refused: 1 })
})

test('a relay is up while it runs, a sidecar while its port takes connections', async t => {
  const metrics = createMetrics()
  const relay = { restarts: 0, reason: undefined }
  metrics.watchRelays(() => [
    { ...relay, name: 'a', state: 'running' }, { ...relay, name: 'b', state: 'backing-off', reason: 'it ended' },
    { ...relay, name: 'c', state: 'external' }, { ...relay, name: 'd', state: 'external', reason: 'nothing listens' },
  ])
  const text = await metrics.registry.metrics()
  t.same([...text.matchAll(/^enclave_signer_relay_up\{relay="(.)"\} (.)$/gm)].map(([, name, up]) => `${name} ${up}`), ['a 1', 'b 0', 'c 1', 'd 0'])
})

/** Those of a service without callers, TLS and audit log that has done nothing yet. */
function metricsAtStart (): Metrics {
  const metrics = createMetrics()
  metrics.watchLoad({ requests: () => 0, overloaded: () => false })
  metrics.watchConnections(() => Promise.resolve(0))
  metrics.watchRelays(() => [{ name: 'socat-0', state: 'running', restarts: 0, reason: undefined }])
  metrics.keysStored(0, 0)
  metrics.stateChanged('e', undefined, 'starting')
  return metrics
}

function labelsOf (metric: unknown): string[] {
  return (metric as { labelNames: string[] }).labelNames
}
