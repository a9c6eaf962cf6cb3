import { RequestProblem } from '../problems/request-problem.ts'
import { rateHeaders, retryAfterOf } from './rate-headers.ts'
import type { PolicyLevel } from './rate-policy.ts'

/** A request too many: `RATE_LIMITED`. */
export class RateLimited extends RequestProblem {
  override readonly retryAfter: number
  readonly headers: Readonly<Record<string, string>>

  constructor (levels: readonly PolicyLevel[]) {
    const empty = levels.filter(({ remaining }) => remaining === 0).map(({ policy }) => `"${policy}"`)
    super('RATE_LIMITED', `nothing is left of the rate ${empty.join(' and ')}`)
    this.retryAfter = retryAfterOf(levels)
    this.headers = rateHeaders(levels)
  }
}
