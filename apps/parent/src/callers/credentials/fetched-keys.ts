import { createLocalJWKSet, createRemoteJWKSet, customFetch, errors } from 'jose'
import type { FetchImplementation, JWTVerifyGetKey } from 'jose'

import { cappedFetch } from './capped-fetch.ts'

/** Milliseconds after which keys are fetched again; nobody waits for that. */
const refreshAfterMs = 300_000

/** Milliseconds after which they are believed no longer. */
const believedMs = 600_000

/** Milliseconds between two fetches, also after one that failed: whoever makes tokens up could have the issuer asked for each of them. */
const pauseMs = 30_000

/** Milliseconds a fetch may take. */
const timeoutMs = 2000

/** Requests that wait for one fetch. Anybody can name an issuer in a token: without a bound they would take every place of the service. */
const maxWaiting = 16

/** What is wrong with a token rather than with the keys. */
const faultsOfTokens = [errors.JWKSNoMatchingKey, errors.JWKSMultipleMatchingKeys, errors.JOSENotSupported]

/** The issuer's keys cannot be fetched: nothing is known of the token. */
export class IssuerUnavailable extends Error {
  override readonly name = 'IssuerUnavailable'
}

/** What fetching takes besides the address. */
export interface FetchedKeysOptions {
  /** Unix time in milliseconds. */
  readonly now: () => number
  /** Node's own by default. */
  readonly fetch?: FetchImplementation
}

/** The public keys of an issuer behind an address: fetched when first needed, when they are five minutes old, and for an unknown key id. */
export class FetchedKeys {
  readonly #url: string
  readonly #now: () => number
  readonly #remote: ReturnType<typeof createRemoteJWKSet>
  #known: { readonly keyOf: JWTVerifyGetKey, readonly at: number } | undefined
  #latest = { at: -Infinity, failed: false }
  #fetching: Promise<void> | undefined
  #waiting = 0

  constructor (url: string, { now, fetch: fetchAnswer = fetch }: FetchedKeysOptions) {
    this.#url = url
    this.#now = now
    this.#remote = createRemoteJWKSet(new URL(url), { timeoutDuration: timeoutMs, [customFetch]: cappedFetch(fetchAnswer) })
  }

  /** The key of a token. @throws IssuerUnavailable where the keys are not to be had; jose's errors where the token has none of them. */
  readonly keyOf: JWTVerifyGetKey = async (header, token) => {
    try {
      return await (await this.#keys())(header, token)
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || !this.#mayHaveChanged()) throw this.#judge(error)
    }
    await this.#wait()
    return await (await this.#keys())(header, token)
  }

  async #keys (): Promise<JWTVerifyGetKey> {
    const age = this.#now() - (this.#known?.at ?? -Infinity)
    if (this.#known === undefined || age >= believedMs) await this.#wait()
    else if (age >= refreshAfterMs && !this.#hasJustFetched()) this.#fetch().catch(() => undefined)
    if (this.#known === undefined) throw this.#unavailable()
    return this.#known.keyOf
  }

  /** Whether a key id that is not known may be that of a new key. */
  #mayHaveChanged (): boolean {
    return !this.#hasJustFetched() || this.#fetching !== undefined || this.#latest.failed
  }

  #hasJustFetched (): boolean {
    return this.#now() - this.#latest.at < pauseMs
  }

  /** Waits for keys that are being fetched, or fetches them. */
  async #wait (): Promise<void> {
    if ((this.#fetching === undefined && this.#hasJustFetched()) || this.#waiting >= maxWaiting) throw this.#unavailable()
    this.#waiting++
    try {
      await this.#fetch()
    } finally {
      this.#waiting--
    }
  }

  async #fetch (): Promise<void> {
    this.#fetching ??= this.#fetchOnce().finally(() => { this.#fetching = undefined })
    await this.#fetching
  }

  async #fetchOnce (): Promise<void> {
    this.#latest = { at: this.#now(), failed: true }
    try {
      await this.#remote.reload()
      this.#known = { keyOf: createLocalJWKSet(this.#remote.jwks() ?? { keys: [] }), at: this.#now() }
      this.#latest.failed = false
    } catch (cause) {
      throw this.#unavailable(cause)
    }
  }

  #judge (error: unknown): unknown {
    return error instanceof IssuerUnavailable || faultsOfTokens.some(kind => error instanceof kind) ? error : this.#unavailable(error)
  }

  #unavailable (cause?: unknown): IssuerUnavailable {
    return new IssuerUnavailable(`the keys at ${this.#url} cannot be fetched`, { cause })
  }
}

/** The keys of every address that was ever named. They outlive the callers file that names it: an edit does not have them fetched again. */
export class KeySets {
  readonly #byUrl = new Map<string, FetchedKeys>()
  readonly #options: FetchedKeysOptions

  constructor (options: FetchedKeysOptions) {
    this.#options = options
  }

  /** The keys behind an https address. */
  of (url: string): FetchedKeys {
    const known = this.#byUrl.get(url) ?? new FetchedKeys(url, this.#options)
    this.#byUrl.set(url, known)
    return known
  }
}
