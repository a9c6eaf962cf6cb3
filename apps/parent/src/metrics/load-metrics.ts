import { ratePolicies } from '../limits/rate-policy.ts'
import type { RatePolicy } from '../limits/rate-policy.ts'
import type { MetricMaker } from './metric-maker.ts'

/** What was full: see `limits/`. */
const shedBounds = ['requests', 'slow-key'] as const

/** What the limits report. */
export interface LoadMetrics {
  /** A request, or a signature of a slow key, was refused because too many were in flight. */
  requestShed: (bound: (typeof shedBounds)[number]) => void
  rateLimited: (policy: RatePolicy) => void
  slowKeyWaited: (seconds: number) => void
  connectionRefused: () => void
  /** Has the figures of now read at each scrape. */
  watchLoad: (load: { requests: () => number, overloaded: () => boolean }) => void
  /** The same for connections. */
  watchConnections: (open: () => Promise<number>) => void
}

export function loadMetrics (make: MetricMaker): LoadMetrics {
  const shed = make.counter('requests_shed_total', 'Requests refused because too many were in flight (requests), or signatures because too many of a slow key were (slow-key)', ['bound'])
  const limited = make.counter('rate_limited_total', 'Requests and signatures over a rate, by the rate', ['policy'])
  const slowKeyWait = make.histogram('slow_key_wait_seconds', 'Time that a signature of a slow key waited for its turn')
  const connectionsRefused = make.counter('connections_refused_total', 'Connections closed as they came because too many were open')
  for (const bound of shedBounds) shed.inc({ bound }, 0)
  for (const policy of ratePolicies) limited.inc({ policy }, 0)
  return {
    requestShed: bound => { shed.inc({ bound }) },
    rateLimited: policy => { limited.inc({ policy }) },
    slowKeyWaited: seconds => { slowKeyWait.observe(seconds) },
    connectionRefused: () => { connectionsRefused.inc() },
    watchLoad: ({ requests, overloaded }) => {
      make.read('requests_in_flight', 'Requests being answered, without probes and streams', requests)
      make.read('overloaded', '1 while requests are shed', () => overloaded() ? 1 : 0)
    },
    watchConnections: open => { make.read('connections', 'Connections open to the API', open) },
  }
}
