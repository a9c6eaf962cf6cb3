import { createPublicKey, randomBytes, verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

import type { Answer } from '../../test/fixtures/service.ts'

/** What became of the requests so far. */
export interface Tally {
  signed: number
  wrongSignatures: number
  /** Failures by what they were answered with: status and code, or what went wrong with the connection. */
  readonly failures: Map<string, number>
}

/** A key the load signs with. */
export interface LoadKey {
  keyId: string
  hash: string | null
  publicKey: KeyObject
}

/** Asks the service. */
export type Post = (path: string, body: unknown) => Promise<Answer>

/** Makes one key of each kind that is signed with. */
export async function createLoadKeys (post: Post): Promise<LoadKey[]> {
  const specs = [['ECC_SECG_P256K1', 'sha256'], ['ECC_NIST_P256', 'sha256'], ['ECC_NIST_EDWARDS25519', null]] as const
  return await Promise.all(specs.map(async ([keySpec, hash]) => {
    const { status, body } = await post('/keys', { keyId: `soak-${keySpec}`, keySpec })
    if (status !== 201) throw new Error(`the key of spec ${keySpec} could not be made: ${status}`)
    return { keyId: body.keyId as string, hash, publicKey: createPublicKey(body.publicKey as string) }
  }))
}

/** Signs `rate` times a second until `signal` aborts, verifying every signature that comes back. */
export async function runLoad (post: Post, keys: readonly LoadKey[], options: { rate: number, signal: AbortSignal }): Promise<Tally> {
  const { rate, signal } = options
  const tally: Tally = { signed: 0, wrongSignatures: 0, failures: new Map() }
  const running = new Set<Promise<void>>()
  const startedMs = performance.now()
  for (let sent = 0; !signal.aborted;) {
    for (const due = (performance.now() - startedMs) / 1000 * rate; sent < due; sent++) {
      const key = keys[sent % keys.length]
      if (key === undefined) return tally
      const request = signOnce(post, key, tally).finally(() => { running.delete(request) })
      running.add(request)
    }
    await sleep(5)
  }
  await Promise.all(running)
  return tally
}

async function signOnce (post: Post, { keyId, hash, publicKey }: LoadKey, tally: Tally): Promise<void> {
  const message = randomBytes(64)
  const answer = await post('/sign', { keyId, message: message.toString('base64') }).catch((error: unknown) => error as Error)
  if (answer instanceof Error) {
    count(tally, `no answer: ${answer.cause instanceof Error ? answer.cause.message : answer.message}`)
  } else if (answer.status !== 200) {
    count(tally, `${answer.status} ${String(answer.body.code)}`)
  } else if (verify(hash, message, publicKey, Buffer.from(answer.body.signature as string, 'base64'))) {
    tally.signed++
  } else {
    tally.wrongSignatures++
  }
}

function count ({ failures }: Tally, what: string): void {
  failures.set(what, (failures.get(what) ?? 0) + 1)
}
