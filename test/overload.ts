import { setTimeout as sleep } from 'node:timers/promises'

import { test } from 'tap'
import type { Test } from 'tap'

import { parentPidOf } from '../scripts/bench/cpu.ts'
import { residentBytes } from './fixtures/enclave.ts'
import { flood } from './fixtures/flood.ts'
import { startService } from './fixtures/service.ts'
import type { Service } from './fixtures/service.ts'

const message = Buffer.from('overload').toString('base64')
/** So few that the slowest machine has too many requests with them. */
const maxRequestsInFlight = 40

async function start (t: Test, env: Record<string, string>): Promise<Service> {
  const service = await startService({ env })
  t.teardown(async () => { await service.stop() })
  return service
}

/** A metric without labels. */
async function metricOf ({ get }: Service, name: string): Promise<number> {
  const { body } = await get('/metrics')
  return Number(new RegExp(`^enclave_signer_${name} (\\S+)$`, 'm').exec(String(body.text))?.[1])
}

/** Asks probes and metrics for as long as `load` lasts: the statuses they had, and the most requests in flight that a scrape saw. */
async function watch (service: Service, load: Promise<unknown>): Promise<{ statuses: Set<number>, mostInFlight: number }> {
  const statuses = new Set<number>()
  let mostInFlight = 0
  await whileUnderWay(load, async () => {
    for (const path of ['/livez', '/readyz', '/metrics']) statuses.add((await service.get(path)).status)
    mostInFlight = Math.max(mostInFlight, await metricOf(service, 'requests_in_flight'))
  })
  return { statuses, mostInFlight }
}

/** Does `work` again and again, once at least. */
async function whileUnderWay (load: Promise<unknown>, work: () => Promise<void>): Promise<void> {
  const under = { way: true }
  const end = load.finally(() => { under.way = false })
  do await work()
  while (under.way)
  await end
}

test('ten times too many requests: each has a signature or 503, and the service is as before', async t => {
  const service = await start(t, { MAX_REQUESTS_IN_FLIGHT: `${maxRequestsInFlight}` })
  await service.post('/sign', { keyId: 'demo', message })
  const requests = 8000
  const load = flood({ url: service.url, connections: 10 * maxRequestsInFlight, requests, bodies: [{ keyId: 'demo', message }] })
  const { statuses, mostInFlight } = await watch(service, load)
  const { answers, faults, lost } = await load
  t.strictSame(Object.keys(answers).sort(), ['200', '503 OVERLOADED'])
  t.strictSame({ faults, lost }, { faults: [], lost: 0 })
  t.equal(Object.values(answers).reduce((sum, count) => sum + count), requests)
  t.strictSame(statuses, new Set([200]), 'probes and metrics are answered all the while')
  t.ok(mostInFlight > 0 && mostInFlight <= maxRequestsInFlight, `${mostInFlight} requests in flight`)
  t.ok(residentBytes(parentPidOf(service.pid)) < 400 * 2 ** 20)
  t.match((await service.get('/metrics')).body.text, new RegExp(`requests_shed_total\\{bound="requests"\\} ${answers['503 OVERLOADED']}\n`))
  while ((await service.post('/sign', { keyId: 'demo', message })).status !== 200) await sleep(50)
  t.equal(await metricOf(service, 'requests_in_flight'), 0)
  t.match((await service.get('/enclave/status')).body, { state: 'ready', enclaves: [{ restarts: 0 }] })
})

test('a key asked for far over its rate signs at its rate, and the rest is 429 or 503', async t => {
  const service = await start(t, { MAX_REQUESTS_IN_FLIGHT: `${maxRequestsInFlight}`, RATE_PER_KEY: '0.01,50' })
  const load = { url: service.url, connections: 30, requests: 1000, bodies: [{ keyId: 'demo', message }] }
  const { answers, faults, lost } = await flood(load)
  t.strictSame({ faults, lost }, { faults: [], lost: 0 })
  const { 200: signed = 0, '429 RATE_LIMITED': limited = 0, '503 OVERLOADED': shed = 0, ...others } = answers
  t.strictSame(others, {})
  t.ok(signed > 0 && signed <= 50, `${signed} signatures of a burst of 50`)
  t.equal(signed + limited + shed, 1000)
  t.ok(limited > 0)
})

test('a slow key asked for without end takes nothing from the others', async t => {
  const service = await start(t, { MAX_REQUESTS_IN_FLIGHT: '100', REQUEST_TIMEOUT_MAX_MS: '60000' })
  await service.post('/keys', { keyId: 'slow', keySpec: 'RSA_4096' })
  const load = flood({ url: service.url, connections: 60, requests: 1500, bodies: [{ keyId: 'slow', message }] })
  const others = new Map<number, number>()
  await whileUnderWay(load, async () => {
    const { status } = await service.post('/sign', { keyId: 'demo', message })
    others.set(status, (others.get(status) ?? 0) + 1)
  })
  const { answers, faults, lost } = await load
  t.strictSame({ faults, lost }, { faults: [], lost: 0 })
  t.strictSame(Object.keys(answers).sort(), ['200', '503 OVERLOADED'])
  t.strictSame([...others.keys()], [200])
})
