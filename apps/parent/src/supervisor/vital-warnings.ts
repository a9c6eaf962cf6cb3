import type { Result } from '@enclave-signer/protocol'

import type { Logger } from '../logger.ts'

/** Beyond this, certificates and credentials begin to look expired, or not valid yet, on one of the two sides. */
const mostClockDifferenceMs = 30_000
/** Renewal comes five minutes before the end at the latest: what has less than four left could not be renewed. */
const renewalOverdueMs = 4 * 60_000

type Concern = 'clock' | 'expiring' | 'expired'

/** Says once, when it begins and when it is over, what pings show to be going wrong with an enclave that works. */
export class VitalWarnings {
  readonly #log: Logger
  readonly #concerns = new Set<Concern>()
  #lifetimeMs = 0

  constructor (log: Logger) {
    this.#log = log
  }

  /** Credentials were handed over at `now` that expire at `expiresAt`, both unix milliseconds. */
  credentialsHandedOver (expiresAt: number, now: number): void {
    this.#lifetimeMs = expiresAt - now
  }

  /** A ping was answered at `now`. */
  answered ({ clockMs, credentialsExpireAt }: Pick<Result<'ping'>, 'clockMs' | 'credentialsExpireAt'>, now: number): void {
    const clockDifferenceMs = clockMs - now
    this.#set('clock', Math.abs(clockDifferenceMs) > mostClockDifferenceMs, { clockDifferenceMs }, 'the clocks of enclave and parent differ by more than 30 s')
    if (credentialsExpireAt === null) return
    const facts = { expiresAt: new Date(credentialsExpireAt).toISOString() }
    const remainingMs = credentialsExpireAt - now
    this.#set('expired', remainingMs <= 0, facts, 'the credentials of the enclave have expired: it cannot unseal keys')
    this.#set('expiring', remainingMs < this.#overdueMs() && remainingMs > 0, facts, 'the credentials of the enclave expire soon and have not been renewed')
  }

  /** The enclave is gone, and with it what was wrong with it. */
  forget (): void {
    this.#concerns.clear()
  }

  /** Short-lived ones are renewed at half of their life. */
  #overdueMs (): number {
    return Math.min(renewalOverdueMs, this.#lifetimeMs / 4)
  }

  #set (concern: Concern, present: boolean, facts: object, message: string): void {
    if (present === this.#concerns.has(concern)) return
    if (present) {
      this.#concerns.add(concern)
      this.#log.warn({ concern, ...facts }, message)
    } else {
      this.#concerns.delete(concern)
      this.#log.info({ concern, ...facts }, 'a warning about the enclave no longer holds')
    }
  }
}
