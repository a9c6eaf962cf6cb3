import { backoffMs } from '../backoff.ts'
import type { Credentials } from '../ecs/credentials.ts'
import type { EnclaveRequests } from '../enclave-client/enclave-requests.ts'
import { messageOf } from '../errors.ts'
import type { Logger } from '../logger.ts'
import { wait } from '../wait.ts'

/** What handing credentials over needs. */
export interface HandoverOptions {
  credentials: Credentials
  log: Logger
  /** Unix time in milliseconds. */
  now: () => number
  /** Told of each success, with the expiry in unix milliseconds. */
  onHandedOver: (expiresAt: number) => void
  /** Told of each failure. */
  onFailure: (reason: string) => void
}

const shortestRenewalMs = 1000
const marginMs = 5 * 60_000
const retry = { firstMs: 500, maxMs: 30_000 }

/**
 * How long after now credentials that expire at `expiresAt` are to be replaced: at half of their remaining life, or five minutes
 * before their end where that comes first and is not past; never sooner than a second.
 */
export function renewalDelayMs (expiresAt: number, now: number): number {
  const remainingMs = expiresAt - now
  const beforeEndMs = remainingMs - marginMs
  const delayMs = beforeEndMs > 0 ? Math.min(remainingMs / 2, beforeEndMs) : remainingMs / 2
  return Math.max(shortestRenewalMs, Math.round(delayMs))
}

/** Hands fresh credentials over, trying until it succeeds; their expiry in unix milliseconds. Rejects when `signal` aborts. */
export async function handOverCredentials (enclave: EnclaveRequests, options: HandoverOptions, signal: AbortSignal): Promise<number> {
  for (let failures = 1; ; failures++) {
    try {
      return await handOverOnce(enclave, options)
    } catch (error) {
      signal.throwIfAborted()
      const delayMs = backoffMs(failures, retry)
      options.log.warn({ reason: messageOf(error), delayMs }, 'credentials could not be handed over')
      options.onFailure(messageOf(error))
      await wait(delayMs, signal)
    }
  }
}

/** Replaces credentials before they expire, until `signal` aborts; never rejects. */
export async function keepCredentialsFresh (
  enclave: EnclaveRequests, expiry: number, options: HandoverOptions, signal: AbortSignal
): Promise<void> {
  let expiresAt = expiry
  while (!signal.aborted) {
    try {
      await waitLong(renewalDelayMs(expiresAt, options.now()), signal)
      expiresAt = await handOverCredentials(enclave, options, signal)
    } catch {
      // Only the abort ends either of them.
    }
  }
}

async function handOverOnce (enclave: EnclaveRequests, { credentials, onHandedOver, log }: HandoverOptions): Promise<number> {
  const { accessKeyId, secretAccessKey, sessionToken, expiresAt } = await credentials.fetch()
  await enclave.request('setCredentials', { accessKeyId, secretAccessKey: secretAccessKey.reveal(), sessionToken: sessionToken.reveal(), expiresAt })
  onHandedOver(expiresAt)
  log.info({ expiresAt: new Date(expiresAt).toISOString() }, 'credentials handed over')
  return expiresAt
}

/** setTimeout holds at most 2^31 - 1 ms. */
async function waitLong (ms: number, signal: AbortSignal): Promise<void> {
  await wait(Math.min(ms, 2 ** 31 - 1), signal)
}
