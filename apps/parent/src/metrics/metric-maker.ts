import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'

/** Every metric begins with this. */
export const metricPrefix = 'enclave_signer_'

/** In seconds: a signature through the whole chain takes under 1 ms at rest; deadlines are at 10 s. */
const durationBuckets = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]

/** Gauges of prom-client's under names that are for counters; the same figures stand there by type as well. */
const misnamed = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total']

/** Makes metrics in a registry of their own. Labels come from closed sets (routes, states, codes, KMS's words), never from a request. */
export class MetricMaker {
  readonly registry = new Registry()

  constructor () {
    collectDefaultMetrics({ register: this.registry, prefix: metricPrefix })
    for (const name of misnamed) this.registry.removeSingleMetric(metricPrefix + name)
  }

  /**
   * A counter. Where its labels are few and known, whoever makes it adds 0 to each: a series that begins with its first 1 has not grown,
   * and no rate and no alert sees that one.
   */
  counter<L extends string>(name: string, help: string, labelNames: L[] = []): Counter<L> {
    return new Counter({ name: metricPrefix + name, help, labelNames, registers: [this.registry] })
  }

  /**
   * A gauge. Without labels too it has no series before it is set: prom-client's 0 would say that the certificate ended in 1970 and that
   * the audit log cannot be written.
   */
  gauge<L extends string>(name: string, help: string, labelNames: L[] = []): Gauge<L> {
    const gauge = new Gauge({ name: metricPrefix + name, help, labelNames, registers: [this.registry] })
    if (labelNames.length === 0) gauge.remove()
    return gauge
  }

  /** A gauge that is read when it is scraped. */
  read (name: string, help: string, read: () => number | Promise<number>): void {
    const collect = async (): Promise<void> => { gauge.set(await read()) }
    const gauge: Gauge = new Gauge({ name: metricPrefix + name, help, registers: [this.registry], collect })
  }

  /** The same with a value for each of a label's values. */
  readEach (name: string, help: string, label: string, read: () => Iterable<readonly [string, number]>): void {
    const collect = (): void => { for (const [value, figure] of read()) gauge.set({ [label]: value }, figure) }
    const gauge: Gauge = new Gauge({ name: metricPrefix + name, help, labelNames: [label], registers: [this.registry], collect })
  }

  /** Of durations in seconds. */
  histogram<L extends string>(name: string, help: string, labelNames: L[] = []): Histogram<L> {
    return new Histogram({ name: metricPrefix + name, help, labelNames, buckets: durationBuckets, registers: [this.registry] })
  }
}
