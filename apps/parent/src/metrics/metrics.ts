import type { Registry } from 'prom-client'

import { accessMetrics } from './access-metrics.ts'
import type { AccessMetrics } from './access-metrics.ts'
import { enclaveMetrics } from './enclave-metrics.ts'
import type { EnclaveMetrics } from './enclave-metrics.ts'
import { httpMetrics } from './http-metrics.ts'
import type { HttpMetrics } from './http-metrics.ts'
import { loadMetrics } from './load-metrics.ts'
import type { LoadMetrics } from './load-metrics.ts'
import { MetricMaker } from './metric-maker.ts'
import { recordMetrics } from './record-metrics.ts'
import type { RecordMetrics } from './record-metrics.ts'
import { relayMetrics } from './relay-metrics.ts'
import type { RelayMetrics } from './relay-metrics.ts'
import { signingMetrics } from './signing-metrics.ts'
import type { SigningMetrics } from './signing-metrics.ts'

/** The service's metrics: what each part of it reports, and the registry that is scraped. */
export interface Metrics extends HttpMetrics, SigningMetrics, EnclaveMetrics, RelayMetrics, LoadMetrics, RecordMetrics, AccessMetrics {
  readonly registry: Registry
}

/** Metrics in a registry of their own. */
export function createMetrics (): Metrics {
  const make = new MetricMaker()
  return {
    registry: make.registry,
    ...httpMetrics(make),
    ...signingMetrics(make),
    ...enclaveMetrics(make),
    ...relayMetrics(make),
    ...loadMetrics(make),
    ...recordMetrics(make),
    ...accessMetrics(make),
  }
}
