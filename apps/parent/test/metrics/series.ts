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

/** The series of a metric as labels and value, such as `{enclave="a"} 1`. */
async function seriesOf (metrics: Metrics, name: string): Promise<string[]> {
  const prefix = `enclave_signer_${name}`
  return (await metrics.registry.metrics()).split('\n').filter(line => /^[{ ]/.test(line.slice(prefix.length)) && line.startsWith(prefix)).map(line => line.slice(prefix.length))
}
