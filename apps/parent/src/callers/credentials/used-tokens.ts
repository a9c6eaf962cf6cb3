/** Tokens that are remembered at once: at a hundred bytes each, some ten megabytes. */
const defaultCapacity = 100_000

/** Remembers the tokens that are taken once, until they expire. */
export class UsedTokens {
  readonly #expiries = new Map<string, number>()
  readonly #capacity: number

  constructor (capacity = defaultCapacity) {
    this.#capacity = capacity
  }

  /** Takes the token, unless it was taken before or there is no room to remember it. Times are unix milliseconds. */
  use (id: string, expiresAt: number, now: number): 'taken' | 'used' | 'overloaded' {
    if (this.#expiries.has(id)) return 'used'
    if (this.#expiries.size >= this.#capacity) this.#forgetExpired(now)
    if (this.#expiries.size >= this.#capacity) return 'overloaded'
    this.#expiries.set(id, expiresAt)
    return 'taken'
  }

  #forgetExpired (now: number): void {
    for (const [id, expiresAt] of this.#expiries) {
      if (expiresAt <= now) this.#expiries.delete(id)
    }
  }
}
