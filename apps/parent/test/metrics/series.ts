import { test } from 'tap'

import { createMetrics } from '../../src/metrics/metrics.ts'
import type { Metrics } from '../../src/metrics/metrics.ts'

test('what nobody has measured is no series: no certificate, no callers, no audit log', async t => {
  const metrics = createMetrics()
  const names = ['tls_certificate_expiry_timestamp_seconds', 'callers', 'audit_available', 'audit_unsynced_bytes'] as const
  for (const name of names) t.same(await seriesOf(metrics, name), [], name)
  metrics.certificateExpires(5000)
  metrics.callersKnown(0)
  metrics.auditAvailable(false)
  metrics.auditUnsynced(0)
  t.same((await Promise.all(names.map(async name => await seriesOf(metrics, name)))).flat(), [' 5', ' 0', ' 0', ' 0'])
})

test('what is counted by a closed set of labels is there with 0 from the start, so that the first one counts as growth', async t => {
  const metrics = createMetrics()
  const zero = async (name: string): Promise<string[]> => {
    const series = await seriesOf(metrics, name)
    t.ok(series.every(line => line.endsWith(' 0')), `${name} is 0`)
    return series.map(line => line.slice(0, -2))
  }
  t.same(await zero('watermark_refusals_total'), [
    '{code="SEQUENCE_NOT_ABOVE"}', '{code="SEQUENCE_REQUIRED"}', '{code="WATERMARK_UNREADABLE"}', '{code="WATERMARK_UNAVAILABLE"}',
  ])
  t.same(await zero('journal_failures_total'), ['{journal="audit"}', '{journal="watermarks"}'])
  t.same(await zero('audit_records_total'), ['{outcome="ok"}', '{outcome="refused"}', '{outcome="unknown"}'])
  t.same(await zero('idempotent_requests_total'), ['{outcome="first"}', '{outcome="replayed"}', '{outcome="refused"}'])
  t.same(await zero('key_loads_total'), ['{outcome="ok"}'])
  const refused = await zero('callers_refused_total')
  t.equal(refused.length, 17)
  t.ok(refused.includes('{credential="jwt",reason="issuer-unavailable"}'))
})

test('refused edits of files are counted from 0 once the files are in force', async t => {
  const metrics = createMetrics()
  t.same(await seriesOf(metrics, 'files_refusals_total'), [])
  metrics.filesLoaded('tls', 1000)
  t.same(await seriesOf(metrics, 'files_refusals_total'), ['{name="tls"} 0'])
  metrics.filesRefused('tls')
  metrics.filesLoaded('tls', 2000)
  t.same(await seriesOf(metrics, 'files_refusals_total'), ['{name="tls"} 1'], 'an edit that is taken does not take back that one was refused')
})

test('an enclave is counted from 0 from its first state on', async t => {
  const metrics = createMetrics()
  t.same(await seriesOf(metrics, 'enclave_missed_pings_total'), [])
  metrics.stateChanged('e', undefined, 'starting')
  t.same(await seriesOf(metrics, 'enclave_missed_pings_total'), ['{enclave="e"} 0'])
  t.same(await seriesOf(metrics, 'enclave_launches_total'), ['{enclave="e"} 0'])
  const failures = await seriesOf(metrics, 'enclave_failures_total')
  for (const code of ['CONNECTION_LOST', 'ENCLAVE_GONE', 'ENCLAVE_NEVER_READY', 'DISK_FULL']) t.ok(failures.includes(`{enclave="e",code="${code}"} 0`), code)
  const calls = await seriesOf(metrics, 'kms_calls_total')
  t.equal(calls.length, 2 * 11, 'each operation, ok and the ways in which KMS fails')
  t.ok(calls.includes('{enclave="e",operation="GenerateDataKey",outcome="KMS_ACCESS_DENIED"} 0'))
})

test('an enclave that is launched again has the measurements of its latest image, and another one keeps its own', async t => {
  const metrics = createMetrics()
  const pcrs = { PCR0: 'a', PCR1: 'b', PCR2: 'c' }
  metrics.launched('one', pcrs)
  metrics.launched('two', pcrs)
  metrics.launched('one', { ...pcrs, PCR0: 'd' })
  t.same((await seriesOf(metrics, 'enclave_measurements_info')).sort(), [
    '{enclave="one",pcr0="d",pcr1="b",pcr2="c",pcr8=""} 1',
    '{enclave="two",pcr0="a",pcr1="b",pcr2="c",pcr8=""} 1',
  ])
})

test('what an enclave said last is not said on when it is gone: neither its clock nor its credentials alert', async t => {
  const metrics = createMetrics()
  const names = ['credentials_expiry_timestamp_seconds', 'ping_duration_seconds', 'clock_difference_seconds', 'keys_loaded', 'event_loop_delay_seconds', 'resident_memory_bytes']
  const series = async (): Promise<number> => (await Promise.all(names.map(async name => await seriesOf(metrics, `enclave_${name}`)))).flat().length
  metrics.stateChanged('e', 'connecting', 'provisioning')
  metrics.credentialsHandedOver('e', 1000)
  metrics.pinged('e', { roundTripMs: 1, clockDifferenceMs: 90_000, keysLoaded: 2, eventLoopDelayMs: 3, residentBytes: 4, kmsCalls: [] })
  metrics.pingMissed('e')
  for (const to of ['ready', 'connecting', 'draining'] as const) {
    metrics.stateChanged('e', 'provisioning', to)
    t.equal(await series(), names.length, `while it is ${to} it runs`)
  }
  metrics.stateChanged('e', 'ready', 'backing-off')
  t.equal(await series(), 0)
  t.same(await seriesOf(metrics, 'enclave_missed_pings_total'), ['{enclave="e"} 1'], 'what is counted stays')
})

/** The series of a metric as labels and value, such as `{enclave="a"} 1`. */
async function seriesOf (metrics: Metrics, name: string): Promise<string[]> {
  const prefix = `enclave_signer_${name}`
  return (await metrics.registry.metrics()).split('\n').filter(line => /^[{ ]/.test(line.slice(prefix.length)) && line.startsWith(prefix)).map(line => line.slice(prefix.length))
}
