import type { Caller, Rate } from '../callers/caller.ts'
import type { LimitSettings } from './limit-settings.ts'
import { rateHeaders } from './rate-headers.ts'
import { RateLimited } from './rate-limited.ts'
import type { PolicyLevel, RatePolicy } from './rate-policy.ts'
import { stackless } from './stackless.ts'
import { TokenBuckets } from './token-buckets.ts'

/** The world of the rates. */
export interface RatesPorts {
  /** Told of every refusal. */
  onLimited?: (policy: RatePolicy) => void
  /** A monotonic clock in milliseconds. */
  now?: () => number
}

interface AppliedRate {
  readonly policy: RatePolicy
  /** Of the bucket. */
  readonly name: string
  readonly rate: Rate
}

/** How often callers may ask and keys may be used. */
export class Rates {
  readonly #settings: Pick<LimitSettings, 'ratePerCaller' | 'ratePerKey'>
  readonly #onLimited: (policy: RatePolicy) => void
  readonly #now: () => number
  readonly #buckets: Readonly<Record<RatePolicy, TokenBuckets>> = {
    caller: new TokenBuckets(), 'caller-key': new TokenBuckets(), key: new TokenBuckets(),
  }

  constructor (settings: Pick<LimitSettings, 'ratePerCaller' | 'ratePerKey'>, { onLimited = () => undefined, now = () => performance.now() }: RatesPorts = {}) {
    this.#settings = settings
    this.#onLimited = onLimited
    this.#now = now
  }

  /**
   * Takes what a request costs: one of each rate that applies, or of none where one of them has none left.
   *
   * @throws RateLimited
   */
  take (caller: Caller, keyId?: string): void {
    const applied = this.#appliedTo(caller, keyId)
    if (applied === undefined) return
    const nowMs = this.#now()
    const levels = this.#levels(applied, nowMs)
    const empty = levels.filter(({ remaining }) => remaining === 0)
    if (empty.length > 0) {
      for (const { policy } of empty) this.#onLimited(policy)
      throw stackless(() => new RateLimited(levels))
    }
    for (const { policy, name, rate } of applied) this.#buckets[policy].take(name, rate, nowMs)
  }

  /** Gives an answer its `RateLimit` headers, if anything is limited. */
  tell (answer: { headers: (headers: Record<string, string>) => unknown }, caller: Caller, keyId?: string): void {
    const applied = this.#appliedTo(caller, keyId)
    if (applied !== undefined) answer.headers(rateHeaders(this.#levels(applied, this.#now())))
  }

  #levels (applied: readonly AppliedRate[], nowMs: number): PolicyLevel[] {
    return applied.map(({ policy, name, rate }) => ({ policy, rate, ...this.#buckets[policy].level(name, rate, nowMs) }))
  }

  #appliedTo ({ name, rates }: Caller, keyId: string | undefined): AppliedRate[] | undefined {
    const { ratePerCaller, ratePerKey } = this.#settings
    if (rates === undefined && ratePerCaller === undefined && ratePerKey === undefined) return undefined
    const candidates: [RatePolicy, string, Rate | undefined][] = [['caller', name, rates?.total ?? ratePerCaller]]
    if (keyId !== undefined) candidates.push(['caller-key', `${name} ${keyId}`, rates?.perKey], ['key', keyId, ratePerKey])
    const applied = candidates.flatMap(([policy, name, rate]) => rate === undefined ? [] : [{ policy, name, rate }])
    return applied.length === 0 ? undefined : applied
  }
}
