import { LRUCache } from 'lru-cache'

import type { Rate } from '../callers/caller.ts'

/** What a bucket holds. */
export interface BucketLevel {
  /** Whole tokens. */
  readonly remaining: number
  /** Milliseconds until there is one more; 0 when it is full. */
  readonly nextMs: number
}

/** Buckets remembered at once. One that is forgotten was not used for longest; it comes back full. */
const capacity = 10_000
/** Less than any time between two requests: forgives what arithmetic with fractions loses. */
const epsilonMs = 1e-6

/**
 * Token buckets by name, each of one number: when it will be full again (the generic cell rate algorithm, ITU-T I.371). Taking a token
 * moves that moment on by the time a token takes to come back; it can move as far as the bucket is deep.
 */
export class TokenBuckets {
  readonly #fullAtMs: LRUCache<string, number>

  constructor (max = capacity) {
    this.#fullAtMs = new LRUCache({ max })
  }

  /** What is in the bucket. */
  level (name: string, { requestsPerSecond, burst }: Rate, nowMs: number): BucketLevel {
    const tokenMs = 1000 / requestsPerSecond
    const missing = Math.max(0, (this.#fullAtMs.get(name) ?? 0) - nowMs - epsilonMs) / tokenMs
    const remaining = Math.max(0, Math.floor(burst - missing))
    return { remaining, nextMs: missing === 0 ? 0 : (missing - (burst - remaining - 1)) * tokenMs }
  }

  /** Takes a token, which {@link TokenBuckets.level} has shown to be there. */
  take (name: string, { requestsPerSecond }: Rate, nowMs: number): void {
    this.#fullAtMs.set(name, Math.max(this.#fullAtMs.get(name) ?? 0, nowMs) + 1000 / requestsPerSecond)
  }
}
