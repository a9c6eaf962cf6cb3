/** `npm run soak`: signs without pause while everything around the service is killed or made to fail, again and again. */
import { readdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

import { residentBytes } from '../test/fixtures/enclave.ts'
import { startParentOnHost } from '../test/fixtures/parent-on-host.ts'
import { processesOf } from '../test/fixtures/processes.ts'
import { createFaults } from './soak/faults.ts'
import { createLoadKeys, runLoad } from './soak/load.ts'
import type { LoadKey, Post, Tally } from './soak/load.ts'
import { createPost } from './soak/post.ts'
import { createRandom } from './soak/random.ts'
import { timeToRecover } from './soak/recovery.ts'

const minutes = Number(process.env.SOAK_MINUTES ?? 10)
const rate = Number(process.env.SOAK_RATE ?? 200)
const seed = Number(process.env.SOAK_SEED ?? Date.now() % 1e9)
const random = createRandom(seed)
const only = process.env.SOAK_FAULT ?? ''

/** What a failed request may be answered with: no enclave ready or overloaded, KMS refused, deadline passed. */
const clearFailure = /^50[234] [A-Z_]+$/

say(`seed ${seed}: ${minutes} minutes, ${rate} requests a second, a fault every few seconds`)
process.exitCode = await soak() ? 0 : 1

async function soak (): Promise<boolean> {
  const service = await startParentOnHost()
  const { post, close } = createPost(service.url)
  const keys = await createLoadKeys(post)
  const over = new AbortController()
  const load = runLoad(post, keys, { rate, signal: over.signal })
  await sleep(3000)
  const before = resources(service.pid)
  const recoveries = await breakThings(service, post, keys)
  await sleep(5000)
  over.abort()
  const tally = await load
  close()
  await sleep(2000)
  const after = resources(service.pid)
  await service[Symbol.asyncDispose]()
  const left = processesOf(service.dataDir)
  report(tally, recoveries)
  say(`parent: descriptors ${before.descriptors} → ${after.descriptors}, resident ${before.mebibytes} → ${after.mebibytes} MiB; processes left: ${left.size}`)
  const slow = [...recoveries.values()].flat().filter(ms => ms > 5000).length
  const unclear = [...tally.failures.keys()].filter(failure => !clearFailure.test(failure))
  return slow === 0 && unclear.length === 0 && tally.wrongSignatures === 0 && tally.signed > 0 && left.size === 0 &&
    after.descriptors < before.descriptors + 20
}

type Service = Awaited<ReturnType<typeof startParentOnHost>>

async function breakThings (service: Service, post: Post, keys: readonly LoadKey[]): Promise<Map<string, number[]>> {
  const faults = createFaults(service).filter(({ name }) => name.includes(only))
  const recoveries = new Map<string, number[]>()
  for (const end = performance.now() + minutes * 60_000; performance.now() < end;) {
    const fault = faults[Math.floor(random() * faults.length)]
    if (fault === undefined) throw new Error(`there is no fault named ${only}`)
    await fault.inject()
    const ms = await timeToRecover(post, keys)
    recoveries.set(fault.name, [...recoveries.get(fault.name) ?? [], ms])
    say(`${fault.name}: signs again after ${Math.round(ms)} ms`)
    if (ms === Infinity) break
    await sleep(1000 + random() * 3000)
  }
  return recoveries
}

function report ({ signed, wrongSignatures, failures }: Tally, recoveries: Map<string, number[]>): void {
  say(`signatures verified: ${signed}, wrong: ${wrongSignatures}`)
  for (const [what, count] of failures) say(`failed: ${count} × ${what}`)
  for (const [name, times] of recoveries) {
    say(`${name}: ${times.length} times, signs again after at most ${Math.round(Math.max(...times))} ms`)
  }
}

function resources (pid: number): { descriptors: number, mebibytes: number } {
  return { descriptors: readdirSync(`/proc/${pid}/fd`).length, mebibytes: Math.round(residentBytes(pid) / 1024 / 1024) }
}

function say (line: string): void {
  process.stdout.write(`${line}\n`)
}
