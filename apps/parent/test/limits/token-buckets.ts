import fc from 'fast-check'
import { test } from 'tap'

import { TokenBuckets } from '../../src/limits/token-buckets.ts'

const rate = { requestsPerSecond: 10, burst: 3 }

/** Takes where there is one. */
function take (buckets: TokenBuckets, name: string, nowMs: number, of = rate): boolean {
  if (buckets.level(name, of, nowMs).remaining === 0) return false
  buckets.take(name, of, nowMs)
  return true
}

test('a bucket begins full, gives a burst, and fills at its rate', async t => {
  const buckets = new TokenBuckets()
  t.strictSame(buckets.level('a', rate, 1000), { remaining: 3, nextMs: 0 })
  t.strictSame([1, 2, 3, 4].map(() => take(buckets, 'a', 1000)), [true, true, true, false])
  t.match(buckets.level('a', rate, 1000), { remaining: 0 })
  t.ok(Math.abs(buckets.level('a', rate, 1000).nextMs - 100) < 0.001)
  t.notOk(take(buckets, 'a', 1099))
  t.ok(take(buckets, 'a', 1100))
  t.notOk(take(buckets, 'a', 1100))
  t.strictSame(buckets.level('a', rate, 2000), { remaining: 3, nextMs: 0 }, 'and never holds more than its burst')
})

test('buckets of different names are different buckets', async t => {
  const buckets = new TokenBuckets()
  for (let count = 0; count < 3; count++) take(buckets, 'a', 0)
  t.notOk(take(buckets, 'a', 0))
  t.ok(take(buckets, 'b', 0))
})

test('a rate below one a second works too', async t => {
  const slow = { requestsPerSecond: 0.1, burst: 1 }
  const buckets = new TokenBuckets()
  t.ok(take(buckets, 'a', 0, slow))
  t.match(buckets.level('a', slow, 4000), { remaining: 0 })
  t.ok(Math.abs(buckets.level('a', slow, 4000).nextMs - 6000) < 0.001)
  t.ok(take(buckets, 'a', 10_000, slow))
})

test('who comes exactly as often as the rate allows is never refused, whatever fractions that makes', async t => {
  for (const requestsPerSecond of [3, 7, 0.3, 1000 / 3, 999]) {
    const buckets = new TokenBuckets()
    const startMs = 1_234_567.891
    const taken = Array.from({ length: 2000 }, (_, index) =>
      take(buckets, 'a', startMs + index * 1000 / requestsPerSecond, { requestsPerSecond, burst: 1 }))
    t.notOk(taken.includes(false), `${requestsPerSecond}`)
  }
})

test('as many buckets are remembered as there is room for; the one unused for longest comes back full', async t => {
  const buckets = new TokenBuckets(2)
  for (let count = 0; count < 3; count++) take(buckets, 'a', 0)
  take(buckets, 'b', 0)
  take(buckets, 'c', 0)
  t.equal(buckets.level('a', rate, 0).remaining, 3)
  t.equal(buckets.level('c', rate, 0).remaining, 2)
})

test('over any time no more is taken than the burst and what the time brings, and as much is there to take', async t => {
  const pauses = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 200 })
  const rates = fc.record({ requestsPerSecond: fc.double({ min: 0.2, max: 500, noNaN: true }), burst: fc.integer({ min: 1, max: 50 }) })
  fc.assert(fc.property(pauses, rates, (pausesMs, of) => {
    const buckets = new TokenBuckets()
    let nowMs = 0
    let taken = 0
    let tokens = of.burst
    for (const pauseMs of pausesMs) {
      nowMs += pauseMs
      tokens = Math.min(of.burst, tokens + pauseMs / 1000 * of.requestsPerSecond)
      const given = take(buckets, 'a', nowMs, of)
      if (given) {
        taken++
        tokens--
      }
      // What arithmetic loses is far below a thousandth of a token.
      if (tokens < -0.001) throw new Error('more than there was')
      if (!given && tokens > 1.001) throw new Error('less than there was')
    }
    if (taken > of.burst + nowMs / 1000 * of.requestsPerSecond + 0.001) throw new Error('more than the rate')
  }), { numRuns: 500 })
  t.pass('always')
})
