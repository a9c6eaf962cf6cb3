/** `npm run bench`: how fast the whole chain signs, against an empty handler of the same Fastify in the same run. */
import { cpus } from 'node:os'

import { keySpecs } from '@enclave-signer/protocol'

import { startService } from '../test/fixtures/service.ts'
import { describeEnclaves, residentBytes } from '../test/fixtures/enclave.ts'
import { cpuSeconds, parentPidOf } from './bench/cpu.ts'
import { startEmptyHandler } from './bench/empty-handler.ts'
import { measureFeatures } from './bench/features.ts'
import { runH2load } from './bench/h2load.ts'
import { runWrk } from './bench/wrk.ts'
import type { LoadResult } from './bench/wrk.ts'
import { installTestTools } from './test/tools.ts'

const root = `${import.meta.dirname}/..`
const seconds = Number(process.env.BENCH_SECONDS ?? 5)
const featureRounds = 5

await installTestTools(root)
const startedMs = performance.now()
await using service = await startService()
const signUrl = `${service.url}/sign`
await service.post('/sign', signBody('demo'))
const firstSignatureMs = performance.now() - startedMs
await using empty = await startEmptyHandler()

const enclavePid = describeEnclaves(service.dataDir)[0]?.ProcessID ?? 0
const body = JSON.stringify(signBody('demo'))
say(`${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}, Node ${process.version}, wrk on the same machine, ${seconds} s a row`)
say(`start to first signature: ${(firstSignatureMs / 1000).toFixed(2)} s`)
say('')
say('| what | connections | requests/s | of empty | p50 ms | p99 ms | CPU µs/request: parent | enclave | relays | failed |')
say('|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|')

const emptyRate = new Map<number, number>()
// Both have run long enough to be compiled before anything is measured.
for (const url of [empty.url, signUrl]) await runWrk({ url, body }, { connections: 64, seconds })
for (const connections of [1, 64]) {
  await runWrk({ url: empty.url, body }, { connections, seconds: 1 })
  const result = await runWrk({ url: empty.url, body }, { connections, seconds })
  emptyRate.set(connections, result.requestsPerSecond)
  row('empty handler', connections, result)
}
let topRate = 0
for (const keySpec of keySpecs) {
  const keyId = `bench-${keySpec}`
  await service.post('/keys', { keyId, keySpec })
  for (const connections of [1, 64]) {
    const target = { url: signUrl, body: JSON.stringify(signBody(keyId)) }
    await runWrk(target, { connections, seconds: 1 })
    const before = cpuSeconds(service.pid, enclavePid)
    const result = await runWrk(target, { connections, seconds })
    const after = cpuSeconds(service.pid, enclavePid)
    if (keySpec === 'ECC_SECG_P256K1' && connections === 64) topRate = result.requestsPerSecond
    const each = (part: keyof typeof before): number => (after[part] - before[part]) / result.requests * 1e6
    row(`/sign ${keySpec}`, connections, result, { cpu: [each('parent'), each('enclave'), each('relays')] })
  }
}
const half = await runH2load({ url: signUrl, body }, { requestsPerSecond: topRate / 2, connections: 64, seconds })
const { count: requests = 0, perSecond: requestsPerSecond = 0, p50Ms = NaN, p99Ms = NaN } = half.get(200) ?? {}
const failed = Array.from(half.values()).reduce((sum, { count }) => sum + count, -requests)
row('/sign ECC_SECG_P256K1 at half of the top rate, h2load', 64, { requests, failed, requestsPerSecond, p50Ms, p99Ms }, { isAsFastAsCanBe: false })
say('')
say(`resident: parent ${mebibytes(parentPidOf(service.pid))} MiB, enclave ${mebibytes(enclavePid)} MiB`)

await service.stop()
say('')
say(`secp256k1 at 64 connections with the features of the API, ${featureRounds} rounds in turns, medians`)
say('')
say('| what is on | requests/s | of everything off |')
say('|---|---:|---:|')
for (const { what, requestsPerSecond, ofOff } of await measureFeatures({ rounds: featureRounds, seconds })) {
  say(`| ${what} | ${requestsPerSecond.toFixed(0)} | ${ofOff.toFixed(2)} |`)
}

function signBody (keyId: string): object {
  return { keyId, message: Buffer.from('a message of thirty-two bytes, ok').toString('base64') }
}

interface RowFacts {
  /** Microseconds a request. */
  cpu?: number[]
  isAsFastAsCanBe?: boolean
}

function row (what: string, connections: number, result: LoadResult, { cpu = [], isAsFastAsCanBe = true }: RowFacts = {}): void {
  const empty = isAsFastAsCanBe ? emptyRate.get(connections) : undefined
  const ratio = empty === undefined ? '' : (result.requestsPerSecond / empty).toFixed(2)
  const figures = [result.requestsPerSecond.toFixed(0), ratio, result.p50Ms.toFixed(2), result.p99Ms.toFixed(2)]
  const cpuFigures = [0, 1, 2].map(index => cpu[index]?.toFixed(0) ?? '')
  say(`| ${[what, connections, ...figures, ...cpuFigures, result.failed].join(' | ')} |`)
}

function mebibytes (pid: number): string {
  return (residentBytes(pid) / 1024 / 1024).toFixed(0)
}

function say (line: string): void {
  process.stdout.write(`${line}\n`)
}
