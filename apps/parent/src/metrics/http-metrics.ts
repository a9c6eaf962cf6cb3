import type { MetricMaker } from './metric-maker.ts'

const idempotentOutcomes = ['first', 'replayed', 'refused'] as const

/** What the API reports of its requests. */
export interface HttpMetrics {
  /** `route` is the pattern, not the path. */
  requestAnswered: (method: string, route: string, status: number, seconds: number) => void
  /** An error was answered. */
  problemAnswered: (route: string, code: string) => void
  /** A request under an idempotency key. */
  idempotentRequest: (outcome: (typeof idempotentOutcomes)[number]) => void
  idempotentAnswerEvicted: () => void
}

export function httpMetrics (make: MetricMaker): HttpMetrics {
  const requests = make.counter('http_requests_total', 'HTTP requests answered', ['method', 'route', 'status'])
  const seconds = make.histogram('http_request_duration_seconds', 'Time from an HTTP request to its answer', ['route'])
  const problems = make.counter('http_problems_total', 'Errors answered, by code', ['route', 'code'])
  const idempotent = make.counter('idempotent_requests_total', 'Requests under an idempotency key: first, replayed or refused', ['outcome'])
  const evictions = make.counter('idempotent_evictions_total', 'Remembered answers that had to go before their time')
  for (const outcome of idempotentOutcomes) idempotent.inc({ outcome }, 0)
  return {
    requestAnswered: (method, route, status, duration) => {
      requests.inc({ method, route, status })
      seconds.observe({ route }, duration)
    },
    problemAnswered: (route, code) => { problems.inc({ route, code }) },
    idempotentRequest: outcome => { idempotent.inc({ outcome }) },
    idempotentAnswerEvicted: () => { evictions.inc() },
  }
}
