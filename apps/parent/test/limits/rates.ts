import { test } from 'tap'

import type { Caller, CallerRates } from '../../src/callers/caller.ts'
import { RateLimited } from '../../src/limits/rate-limited.ts'
import { Rates } from '../../src/limits/rates.ts'
import type { RatePolicy } from '../../src/limits/rate-policy.ts'

const none = { ratePerCaller: undefined, ratePerKey: undefined }

function caller (name: string, rates?: CallerRates): Caller {
  return { name, permits: () => true, ...rates !== undefined && { rates } }
}

interface RatesUnderTest {
  rates: Rates
  clock: { nowMs: number }
  limited: RatePolicy[]
  /** How many of `wanted` are allowed. */
  take: (wanted: number, of: Caller, keyId?: string) => number
  headers: (of: Caller, keyId?: string) => Record<string, string> | undefined
}

function setUp (settings: Partial<ConstructorParameters<typeof Rates>[0]> = {}): RatesUnderTest {
  const clock = { nowMs: 1000 }
  const limited: RatePolicy[] = []
  const rates = new Rates({ ...none, ...settings }, { now: () => clock.nowMs, onLimited: policy => { limited.push(policy) } })
  const take = (wanted: number, of: Caller, keyId?: string): number => Array.from({ length: wanted }, () => {
    try {
      rates.take(of, keyId)
      return true
    } catch (error) {
      if (error instanceof RateLimited) return false
      throw error
    }
  }).filter(Boolean).length
  const headers = (of: Caller, keyId?: string): Record<string, string> | undefined => {
    let told
    rates.tell({ headers: given => { told = given } }, of, keyId)
    return told
  }
  return { rates, clock, limited, take, headers }
}

test('without rates nothing is limited and nothing is told', async t => {
  const { take, headers } = setUp()
  t.equal(take(10_000, caller('a'), 'k'), 10_000)
  t.equal(headers(caller('a'), 'k'), undefined)
})

test('each caller has the rate of the environment for itself', async t => {
  const { take, limited } = setUp({ ratePerCaller: { requestsPerSecond: 10, burst: 5 } })
  t.equal(take(7, caller('a')), 5)
  t.equal(take(7, caller('b')), 5)
  t.strictSame(new Set(limited), new Set(['caller']))
})

test('a caller\'s own rate stands in the place of that of the environment', async t => {
  const { take } = setUp({ ratePerCaller: { requestsPerSecond: 10, burst: 5 } })
  t.equal(take(100, caller('a', { total: { requestsPerSecond: 1, burst: 50 } })), 50)
})

test('a caller\'s rate for a key holds for each key for itself', async t => {
  const a = caller('a', { perKey: { requestsPerSecond: 1, burst: 2 } })
  const { take, limited } = setUp()
  t.equal(take(3, a, 'k'), 2)
  t.equal(take(3, a, 'l'), 2)
  t.equal(take(3, caller('b'), 'k'), 3, 'and for nobody else')
  t.strictSame(limited, ['caller-key', 'caller-key'])
})

test('a key\'s rate holds for all who use it together', async t => {
  const { take, limited } = setUp({ ratePerKey: { requestsPerSecond: 1, burst: 4 } })
  t.equal(take(3, caller('a'), 'k'), 3)
  t.equal(take(3, caller('b'), 'k'), 1)
  t.equal(take(3, caller('b'), 'l'), 3)
  t.strictSame(limited, ['key', 'key'])
})

test('what one rate refuses costs the others nothing', async t => {
  const { take, clock } = setUp({ ratePerCaller: { requestsPerSecond: 1, burst: 5 }, ratePerKey: { requestsPerSecond: 1, burst: 1 } })
  t.equal(take(100, caller('a'), 'k'), 1)
  t.equal(take(100, caller('a'), 'l'), 1)
  t.equal(take(100, caller('a')), 3, 'two of five are gone')
  clock.nowMs += 1000
  t.equal(take(100, caller('a'), 'k'), 1)
})

test('a refusal says when to come back, which rate it was and what is left of each', async t => {
  const settings = { ratePerCaller: { requestsPerSecond: 2, burst: 3 }, ratePerKey: { requestsPerSecond: 0.25, burst: 1 } }
  const { rates, take, limited, clock } = setUp(settings)
  take(1, caller('a'), 'k')
  clock.nowMs += 500
  t.throws(() => { rates.take(caller('a'), 'k') }, {
    name: 'RequestProblem',
    code: 'RATE_LIMITED',
    message: 'nothing is left of the rate "key"',
    retryAfter: 4,
    headers: { 'ratelimit-policy': '"caller";q=3;w=2, "key";q=1;w=4', ratelimit: '"caller";r=3, "key";r=0;t=4' },
  })
  t.strictSame(limited, ['key'])
})

test('an answer tells what is left, in whole seconds until there is more', async t => {
  const { take, headers } = setUp({ ratePerCaller: { requestsPerSecond: 100, burst: 200 } })
  const a = caller('a')
  t.strictSame(headers(a, 'k'), { 'ratelimit-policy': '"caller";q=200;w=2', ratelimit: '"caller";r=200' })
  take(3, a, 'k')
  t.strictSame(headers(a, 'k'), { 'ratelimit-policy': '"caller";q=200;w=2', ratelimit: '"caller";r=197;t=1' })
})
