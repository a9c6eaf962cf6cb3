import { setImmediate as tick } from 'node:timers/promises'

import { errors, exportJWK, generateKeyPair } from 'jose'
import type { JWK } from 'jose'
import { test } from 'tap'

import { FetchedKeys, IssuerUnavailable, KeySets } from '../../../src/callers/credentials/fetched-keys.ts'

const url = 'https://issuer.example/keys'
const jwk = await exportJWK((await generateKeyPair('ES256')).publicKey)
const key = (kid: string): JWK => ({ ...jwk, kid, alg: 'ES256', use: 'sig' })

/** An issuer's address that answers as the test says, at the test's time. */
class Address {
  now = 1_000_000
  fetches = 0
  keys = [key('k1')]
  /** Undefined keeps whoever asks waiting until {@link answer}. */
  state: 'up' | 'down' | undefined = 'up'
  readonly #waiting: (() => void)[] = []
  readonly options = {
    now: (): number => this.now,
    fetch: async (_url: string, { signal }: { signal: AbortSignal }): Promise<Response> => {
      this.fetches++
      if (this.state === undefined) {
        await new Promise<void>((resolve, reject) => {
          this.#waiting.push(resolve)
          signal.addEventListener('abort', () => { reject(signal.reason as Error) })
        })
      }
      return this.state === 'down' ? new Response('', { status: 500 }) : Response.json({ keys: this.keys })
    },
  }

  answer (state: 'up' | 'down'): void {
    this.state = state
    for (const resolve of this.#waiting) resolve()
  }
}

function create (): { address: Address, ask: (kid?: string) => Promise<'known' | 'unknown' | 'unavailable'> } {
  const address = new Address()
  const keys = new FetchedKeys(url, address.options)
  const ask = async (kid = 'k1'): Promise<'known' | 'unknown' | 'unavailable'> => {
    try {
      await keys.keyOf({ alg: 'ES256', kid }, { payload: '', signature: '' })
      return 'known'
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey) return 'unknown'
      if (error instanceof IssuerUnavailable) return 'unavailable'
      throw error
    }
  }
  return { address, ask }
}

test('keys are fetched once for all who need them', async t => {
  const { address, ask } = create()
  t.same(await Promise.all([ask(), ask(), ask()]), ['known', 'known', 'known'])
  t.equal(await ask(), 'known')
  t.equal(address.fetches, 1)
})

test('an issuer that cannot be reached is asked twice a minute, and who comes meanwhile does not wait', async t => {
  const { address, ask } = create()
  address.state = 'down'
  t.equal(await ask(), 'unavailable')
  address.state = 'up'
  address.now += 29_999
  t.equal(await ask(), 'unavailable')
  t.equal(address.fetches, 1)
  address.now += 1
  t.equal(await ask(), 'known')
  t.equal(address.fetches, 2)
})

test('sixteen requests wait for an issuer that takes its time, and no more', async t => {
  const { address, ask } = create()
  address.state = undefined
  const asked = Array.from({ length: 1000 }, async () => await ask())
  const verdicts = Promise.all(asked)
  t.equal(await Promise.race(asked.slice(16)), 'unavailable', 'before the issuer answers')
  address.answer('up')
  t.same((await verdicts).filter(verdict => verdict === 'known').length, 16)
  address.now += 600_000
  t.equal(await ask(), 'known', 'those who waited give their places back')
})

test('an issuer that does not answer within two seconds cannot be reached', async t => {
  const { address, ask } = create()
  address.state = undefined
  // The time to wait does not keep the process up.
  const process = setInterval(() => undefined, 1000)
  t.teardown(() => { clearInterval(process) })
  const start = performance.now()
  t.equal(await ask(), 'unavailable')
  t.ok(performance.now() - start < 4500, 'jose itself would wait for five')
})

test('a key id that is not known has the keys fetched, at most twice a minute', async t => {
  const { address, ask } = create()
  await ask()
  address.keys = [key('k1'), key('k2')]
  t.equal(await ask('k2'), 'unknown')
  address.now += 30_000
  t.equal(await ask('k2'), 'known')
  t.same([await ask('k3'), await ask('k4')], ['unknown', 'unknown'])
  t.equal(address.fetches, 2)
})

test('while keys cannot be fetched, those that are known are taken, and of others nothing is known', async t => {
  const { address, ask } = create()
  await ask()
  address.now += 30_000
  address.state = 'down'
  t.same([await ask('k2'), await ask('k2'), await ask()], ['unavailable', 'unavailable', 'known'])
  t.equal(address.fetches, 2)
})

test('keys are fetched again after five minutes without anybody waiting, and are not taken after ten', async t => {
  const { address, ask } = create()
  await ask()
  address.now += 299_999
  await ask()
  t.equal(address.fetches, 1)
  address.now += 1
  address.state = undefined
  address.keys = [key('k2')]
  t.same([await ask(), await ask(), address.fetches], ['known', 'known', 2])
  address.answer('up')
  for (let ticks = 0; ticks < 100; ticks++) await tick()
  t.equal(await ask(), 'unknown')
  t.same([await ask('k2'), address.fetches], ['known', 2])
  address.state = 'down'
  address.now += 599_999
  t.equal(await ask('k2'), 'known')
  address.now += 1
  t.equal(await ask('k2'), 'unavailable')
})

test('an answer that holds no keys is none', async t => {
  const { address, ask } = create()
  address.keys = 'nonsense' as never
  t.equal(await ask(), 'unavailable')
})

test('an address that is named again has the keys it had', async t => {
  const address = new Address()
  const keySets = new KeySets(address.options)
  for (let times = 0; times < 3; times++) await keySets.of(url).keyOf({ alg: 'ES256', kid: 'k1' }, { payload: '', signature: '' })
  t.equal(address.fetches, 1)
  await keySets.of(`${url}/of-another`).keyOf({ alg: 'ES256', kid: 'k1' }, { payload: '', signature: '' })
  t.equal(address.fetches, 2)
})

test('an answer that is longer than any issuer\'s keys is none', async t => {
  const address = new Address()
  address.keys = [key('k1'), key('x'.repeat(1024 * 1024))]
  await t.rejects(async () => await new FetchedKeys(url, address.options).keyOf({ alg: 'ES256', kid: 'k1' }, {} as never), IssuerUnavailable)
})
