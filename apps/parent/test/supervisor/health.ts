import { ProtocolError } from '@enclave-signer/protocol'
import type { Result } from '@enclave-signer/protocol'
import { test } from 'tap'

import { pingUntilDead } from '../../src/supervisor/health.ts'
import { EnclaveVitals } from '../../src/supervisor/status.ts'
import { FakeEnclave } from '../fixtures/fake-enclave.ts'

const pong: Result<'ping'> = { uptimeMs: 5000, clockMs: 1_000_250, eventLoopDelayMs: 1, keysLoaded: 3, residentBytes: 1e7, credentialsExpireAt: 2_000_000, kmsCalls: [] }
const bounds = { intervalMs: 1, deadlineMs: 50, mostMissed: 3 }

test('three missed pings in a row are the end, a single one is not', async t => {
  const enclave = new FakeEnclave()
  const answers = [true, false, false, true, false, false, false]
  enclave.overrides = {
    ping: () => {
      if (answers.shift() === true) return pong
      throw new ProtocolError('DEADLINE_EXCEEDED', 'no answer')
    },
  }
  const misses: number[] = []
  let answered = 0
  const report = { answered: () => { answered++ }, missed: (count: number) => { misses.push(count) } }
  const dead = await pingUntilDead(enclave, report, bounds, new AbortController().signal)
  t.equal(dead, true)
  t.equal(answered, 2)
  t.same(misses, [1, 2, 1, 2, 3])
})

test('an abort ends the pings without calling the enclave dead', async t => {
  const enclave = new FakeEnclave()
  enclave.overrides = { ping: () => pong }
  const controller = new AbortController()
  const dead = await pingUntilDead(enclave, { answered: () => { controller.abort() }, missed: () => undefined }, bounds, controller.signal)
  t.equal(dead, false)
})

test('what a ping told is kept for the status, and forgotten with the enclave', async t => {
  const vitals = new EnclaveVitals()
  vitals.answered(pong, 0.81234, 1_000_000)
  t.match(vitals.health, { checkedAt: '1970-01-01T00:16:40.000Z', roundTripMs: 0.812, missedPings: 0, clockDifferenceMs: 250, residentBytes: 1e7 })
  t.equal(vitals.keysLoaded, 3)
  t.equal(vitals.credentialsExpireAt, '1970-01-01T00:33:20.000Z')
  vitals.missed(2)
  t.equal(vitals.health?.missedPings, 2)
  vitals.forget()
  t.same([vitals.health, vitals.keysLoaded, vitals.credentialsExpireAt], [null, null, null])
})

test('an enclave that answers other requests while its pings wait is busy, not dead', async t => {
  let pings = 0
  const enclave = { request: async () => { pings++; throw new Error('too late') } }
  const misses: number[] = []
  const report = {
    answered: () => undefined,
    missed: (count: number) => { misses.push(count) },
    lastAnswerMs: () => pings <= 5 ? performance.now() + 1 : 0,
  }
  const dead = await pingUntilDead(enclave, report, { intervalMs: 1, deadlineMs: 1, mostMissed: 2 }, new AbortController().signal)
  t.ok(dead, 'once the answers end, so does the connection')
  t.equal(pings, 7)
  t.same(misses, [1, 2])
})
