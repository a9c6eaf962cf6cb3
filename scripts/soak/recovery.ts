import { setTimeout as sleep } from 'node:timers/promises'

import type { LoadKey, Post } from './load.ts'

/** Longest wait for a recovery before the run is given up, in milliseconds. */
const patienceMs = 60_000
/** The service counts as recovered when every key has signed at this many probes in a row. */
const steadyProbes = 5

/** Milliseconds from now until the service signs with every key, and keeps doing so for a moment. */
export async function timeToRecover (post: Post, keys: readonly LoadKey[]): Promise<number> {
  const startedMs = performance.now()
  let steadySinceMs = startedMs
  for (let steady = 0; steady < steadyProbes;) {
    if (performance.now() - startedMs > patienceMs) return Infinity
    const probedMs = performance.now()
    const healthy = await probe(post, keys)
    if (healthy && steady === 0) steadySinceMs = performance.now()
    if (!healthy) steadySinceMs = probedMs
    steady = healthy ? steady + 1 : 0
    await sleep(50)
  }
  return steadySinceMs - startedMs
}

async function probe (post: Post, keys: readonly LoadKey[]): Promise<boolean> {
  const message = Buffer.from('are you there?').toString('base64')
  const answers = await Promise.all(keys.map(async ({ keyId }) => await post('/sign', { keyId, message }).catch(() => undefined)))
  return answers.every(answer => answer?.status === 200)
}
