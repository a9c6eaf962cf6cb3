/** `npm run overload`: ten times what the service can do, for a minute: what becomes of the requests it accepts, and of the others. */
import { cpus } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'

import type { KeySpec } from '@enclave-signer/protocol'

import { describeEnclaves, residentBytes } from '../test/fixtures/enclave.ts'
import { startService } from '../test/fixtures/service.ts'
import { parentPidOf } from './bench/cpu.ts'
import type { LoadTarget } from './bench/wrk.ts'
import { runH2load } from './bench/h2load.ts'
import type { Answers } from './bench/h2load.ts'
import { installTestTools } from './test/tools.ts'

const seconds = Number(process.env.OVERLOAD_SECONDS ?? 60)
const connections = Number(process.env.OVERLOAD_CONNECTIONS ?? 320)
const times = Number(process.env.OVERLOAD_TIMES ?? 10)
/** One whose signatures cost next to nothing, and those whose signatures are all the cost there is. */
const examples: readonly KeySpec[] = ['ECC_SECG_P256K1', 'ECC_NIST_P384', 'RSA_2048', 'RSA_4096']
/** Requests a second that one connection can have refused. */
const mostPerConnection = 40
/** RATE_PER_KEY of services of their own: capacity that is not the machine's but allotted. */
const allottedRates = [100, 300]
const none: Answers = { count: 0, perSecond: 0, p50Ms: NaN, p99Ms: NaN, maxMs: NaN, p99LaterMs: NaN }

await installTestTools(`${import.meta.dirname}/..`)
await using service = await startService()
const parentPid = parentPidOf(service.pid)
const enclavePid = describeEnclaves(service.dataDir)[0]?.ProcessID ?? 0
say(`${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}, Node ${process.version}, h2load on the same machine`)
say(`overload: ${connections} connections for ${seconds} s`)
say('')
say('| key | what | offered/s | 200/s | p50 ms | p99 ms | of unloaded | p99 later | of unloaded | refused/s | p50 ms | p99 ms | max ms | refused with |')
say('|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---|')
const memory: string[] = []
for (const keySpec of examples) await overload(keySpec)
for (const allotted of allottedRates) await overRate(allotted)
await sleep(2000)
say('')
for (const line of memory) say(line)
say(`resident at the end: parent ${mebibytes(parentPid)} MiB, enclave ${mebibytes(enclavePid)} MiB`)

async function overload (keySpec: KeySpec): Promise<void> {
  const keyId = `overload-${keySpec}`
  await service.post('/keys', { keyId, keySpec })
  const body = JSON.stringify({ keyId, message: Buffer.from('a message of thirty-two bytes, ok').toString('base64') })
  const target = { url: `${service.url}/sign`, body }
  // Both ends run long enough to be compiled before anything is measured.
  await runH2load(target, { connections: 64, seconds: 3 })
  const unloaded = await runH2load(target, { connections: 1, seconds: 10 })
  row(keySpec, 'one connection', unloaded)
  const { p99Ms = NaN } = unloaded.get(200) ?? {}
  const full = await runH2load(target, { connections: 64, seconds: 5 })
  row(keySpec, '64 connections: capacity', full, { unloadedP99Ms: p99Ms })
  const { perSecond: capacity } = full.get(200) ?? none
  await underLoad(keySpec, target, { capacity, unloadedP99Ms: p99Ms })
}

/** What callers get who ask for ten times the rate that a key has. */
async function overRate (allotted: number): Promise<void> {
  await using limited = await startService({ env: { RATE_PER_KEY: String(allotted) } })
  const what = `RATE_PER_KEY=${allotted}`
  const body = JSON.stringify({ keyId: 'demo', message: Buffer.from('a message of thirty-two bytes, ok').toString('base64') })
  const target = { url: `${limited.url}/sign`, body }
  await runH2load(target, { connections: 64, seconds: 3 })
  const unloaded = await runH2load(target, { connections: 1, seconds: 10, requestsPerSecond: allotted / 2 })
  row('ECC_SECG_P256K1', `${what}, one connection at half of it`, unloaded, { requestsPerSecond: allotted / 2 })
  const requestsPerSecond = allotted * times
  const answers = await runH2load(target, { connections, seconds, requestsPerSecond })
  row('ECC_SECG_P256K1', `${what}, ${times} times that`, answers, { requestsPerSecond, unloadedP99Ms: unloaded.get(200)?.p99Ms })
}

interface Bearing {
  capacity: number
  unloadedP99Ms: number
}

async function underLoad (keySpec: KeySpec, target: LoadTarget, { capacity, unloadedP99Ms }: Bearing): Promise<void> {
  // A connection asks again when it has been answered, and refusals are held.
  const wanted = Math.round(capacity * times)
  const requestsPerSecond = wanted > connections * mostPerConnection ? undefined : wanted
  const parent = watchMemory()
  const answers = await runH2load(target, { connections, seconds, requestsPerSecond })
  const what = requestsPerSecond === undefined ? `${connections} connections, as fast as they are answered` : `${times} times capacity`
  row(keySpec, what, answers, { requestsPerSecond, unloadedP99Ms })
  const { first, most } = parent.stop()
  memory.push(`resident under overload of ${keySpec}: parent ${first} MiB before it, ${most} at most`)
  row(keySpec, 'one connection, right after', await runH2load(target, { connections: 1, seconds: 5 }), { unloadedP99Ms })
}

interface RowFacts {
  requestsPerSecond?: number | undefined
  unloadedP99Ms?: number | undefined
}

function row (keySpec: KeySpec, what: string, answers: Map<number, Answers>, facts: RowFacts = {}): void {
  const { requestsPerSecond, unloadedP99Ms } = facts
  const accepted = answers.get(200) ?? none
  const others = [...answers.keys()].filter(status => status !== 200)
  // One kind at most, unless something is wrong: then the row says so.
  const refused = answers.get(others[0] ?? 0) ?? none
  const perSecond = (answers: Answers): string => answers.perSecond.toFixed(0)
  const ms = (value: number): string => Number.isNaN(value) ? '' : value.toFixed(2)
  const ratio = (p99Ms: number): string => unloadedP99Ms === undefined ? '' : `× ${(p99Ms / unloadedP99Ms).toFixed(1)}`
  const other = others.map(status => `${answers.get(status)?.count} × ${status === 0 ? 'no answer' : status}`).join(', ')
  say(`| ${[
    keySpec, what, requestsPerSecond ?? '', perSecond(accepted), ms(accepted.p50Ms),
    ms(accepted.p99Ms), ratio(accepted.p99Ms), ms(accepted.p99LaterMs), ratio(accepted.p99LaterMs),
    perSecond(refused), ms(refused.p50Ms), ms(refused.p99Ms), ms(refused.maxMs), other,
  ].join(' | ')} |`)
}

/** Looks at the parent's memory until it is stopped. */
function watchMemory (): { stop: () => { first: string, most: number } } {
  const first = mebibytes(parentPid)
  let most = Number(first)
  const timer = setInterval(() => { most = Math.max(most, Number(mebibytes(parentPid))) }, 500)
  return {
    stop: () => {
      clearInterval(timer)
      return { first, most }
    },
  }
}

function mebibytes (pid: number): string {
  return (residentBytes(pid) / 1024 / 1024).toFixed(0)
}

function say (line: string): void {
  process.stdout.write(`${line}\n`)
}
