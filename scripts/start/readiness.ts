import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

import { ask } from './ask.ts'
import type { ParentAddress } from './ask.ts'

/** Whether somebody answers at the address: the parent would fail, and whoever answers would be taken for it. */
export async function isTaken (host: string, port: number): Promise<boolean> {
  const socket = connect(port, host)
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

/** Waits until the parent serves signatures, telling each state of the enclave once. Ends with 'gone' when `signal` is aborted. */
export async function waitUntilReady (parent: ParentAddress, { onState, signal }: { onState: (state: string) => void, signal: AbortSignal }): Promise<'ready' | 'gone'> {
  let told = ''
  while (!signal.aborted) {
    const status = await readState(parent)
    const { state = told, reason = null } = status ?? {}
    const news = reason === null ? state : `${state}: ${reason}`
    if (news !== told) {
      onState(news)
      told = news
    }
    if (state === 'ready') return 'ready'
    await sleep(50)
  }
  return 'gone'
}

/**
 * Makes the key that the welcome text signs with, unless an earlier start has made it; false where only callers may, and it is theirs to
 * make.
 */
export async function createDemoKey (parent: ParentAddress): Promise<boolean> {
  const { status, body } = await ask(parent, '/keys', { keyId: 'demo', keySpec: 'ECC_SECG_P256K1' })
  if (![201, 401, 409].includes(status)) process.stderr.write(`enclave-signer: the key "demo" could not be made: ${body}\n`)
  return status !== 401
}

async function readState (parent: ParentAddress): Promise<{ state: string, reason: string | null } | undefined> {
  try {
    const { status, body } = await ask(parent, '/enclave/status')
    // With a callers file the state is for callers, and the probe for everybody.
    if (status === 401) return { state: (await ask(parent, '/readyz')).status === 200 ? 'ready' : 'starting', reason: null }
    const { state, enclaves: [enclave] } = JSON.parse(body) as { state: string, enclaves: { reason: string | null }[] }
    return { state, reason: enclave?.reason ?? null }
  } catch {
    return undefined
  }
}
