/** `npm run overload`: ten times what the service can do, for a minute: what becomes of the requests it accepts, and of the others. */
import { cpus } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'

import type { KeySpec } from '@enclave-signer/protocol'

import { describeEnclaves, residentBytes } from '../test/fixtures/enclave.ts'
import { startService } from '../test/fixtures/service.ts'
import { parentPidOf } from './bench/cpu.ts'
import type { LoadTarget } from './bench/wrk.ts'
import { runH2load } from './overload/h2load.ts'
import type { Answers } from './overload/h2load.ts'
import { installTestTools } from './test/tools.ts'

const seconds = Number(process.env.OVERLOAD_SECONDS ?? 60)
const connections = Number(process.env.OVERLOAD_CONNECTIONS ?? 320)
const times = Number(process.env.OVERLOAD_TIMES ?? 10)
/** One whose signatures cost next to nothing, and one whose signatures are all the cost there is. */
const examples: readonly KeySpec[] = ['ECC_SECG_P256K1', 'ECC_NIST_P384']
const none: Answers = { count: 0, p50Ms: NaN, p99Ms: NaN, maxMs: NaN }

await installTestTools(`${import.meta.dirname}/..`)
await using service = await startService()
const parentPid = parentPidOf(service.pid)
const enclavePid = describeEnclaves(service.dataDir)[0]?.ProcessID ?? 0
say(`${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}, Node ${process.version}, h2load on the same machine`)
say(`overload: ${connections} connections for ${seconds} s`)
say('')
say('| key | what | offered/s | 200/s | p50 ms | p99 ms | p99 of unloaded | 503/s | p50 ms | p99 ms | max ms | other answers |')
say('|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---|')
const memory: string[] = []
for (const keySpec of examples) await overload(keySpec)
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
  row(keySpec, 'one connection', unloaded, { seconds: 10 })
  const { p99Ms = NaN } = unloaded.get(200) ?? {}
  const full = await runH2load(target, { connections: 64, seconds: 5 })
  row(keySpec, '64 connections: capacity', full, { seconds: 5, unloadedP99Ms: p99Ms })
  const capacity = (full.get(200)?.count ?? 0) / 5
  await underLoad(keySpec, target, { capacity, unloadedP99Ms: p99Ms })
}

interface Bearing {
  capacity: number
  unloadedP99Ms: number
}

async function underLoad (keySpec: KeySpec, target: LoadTarget, { capacity, unloadedP99Ms }: Bearing): Promise<void> {
  const requestsPerSecond = Math.round(capacity * times)
  const parent = watchMemory()
  const answers = await runH2load(target, { connections, seconds, requestsPerSecond })
  row(keySpec, `${times} times capacity`, answers, { seconds, requestsPerSecond, unloadedP99Ms })
  const { first, most } = parent.stop()
  memory.push(`resident under overload of ${keySpec}: parent ${first} MiB before it, ${most} at most`)
  row(keySpec, 'one connection, right after', await runH2load(target, { connections: 1, seconds: 5 }), { seconds: 5, unloadedP99Ms })
}

interface RowFacts {
  seconds: number
  requestsPerSecond?: number
  unloadedP99Ms?: number
}

function row (keySpec: KeySpec, what: string, answers: Map<number, Answers>, facts: RowFacts): void {
  const { seconds, requestsPerSecond, unloadedP99Ms } = facts
  const { 200: accepted = none, 503: refused = none, ...others } = Object.fromEntries(answers) as Partial<Record<number, Answers>>
  const perSecond = ({ count }: Answers): string => (count / seconds).toFixed(0)
  const ms = (value: number): string => Number.isNaN(value) ? '' : value.toFixed(2)
  const ratio = unloadedP99Ms === undefined ? '' : `× ${(accepted.p99Ms / unloadedP99Ms).toFixed(1)}`
  const other = Object.entries(others).map(([status, answer]) => `${answer?.count} × ${status === '0' ? 'none' : status}`).join(', ')
  say(`| ${[
    keySpec, what, requestsPerSecond ?? '', perSecond(accepted), ms(accepted.p50Ms), ms(accepted.p99Ms), ratio,
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
