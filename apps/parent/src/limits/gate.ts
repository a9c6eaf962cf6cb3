/** Bounds of a {@link Gate}. */
export interface GateBounds {
  /** Inside at once, never more, whether aside or not. */
  readonly most: number
  /** Inside at once while there is overload. */
  readonly narrow: number
  /** More than so many inside are a crowd; who stands aside counts for neither. */
  readonly crowd: number
  /** Overload is over when nobody had to be refused for so long, in milliseconds. */
  readonly calmMs: number
}

/** The world of a gate. */
export interface GatePorts {
  /** Told when overload begins and ends. */
  onOverload?: (overloaded: boolean) => void
  /** A monotonic clock in milliseconds. */
  now?: () => number
}

/**
 * Lets in as many as can be served in time. A burst finds room and is worked off. If there is a crowd still when as many have left as
 * ever find room, then as many come as go, and all of them wait for nothing: that is overload, and until it is over only as many are let
 * in as keep the worker busy.
 */
export class Gate {
  readonly #bounds: GateBounds
  readonly #onOverload: (overloaded: boolean) => void
  readonly #now: () => number
  #inside = 0
  #aside = 0
  #left = 0
  /** How many had left when the crowd came, and when it was last seen. */
  #crowd = { came: -Infinity, seen: -Infinity }
  /** When somebody was last refused; undefined while there is no overload. */
  #refusedMs: number | undefined

  constructor (bounds: GateBounds, { onOverload = () => undefined, now = () => performance.now() }: GatePorts = {}) {
    this.#bounds = bounds
    this.#onOverload = onOverload
    this.#now = now
  }

  /** How many are inside. */
  get inside (): number {
    return this.#inside
  }

  /** Whether there is overload, as far as the latest {@link Gate.enter} or {@link Gate.endIfCalm} knows. */
  get overloaded (): boolean {
    return this.#refusedMs !== undefined
  }

  /** Takes a place; where it answers false there was none. Who is let in must {@link Gate.leave}. */
  enter (): boolean {
    if (this.refuses()) return false
    this.#inside++
    return true
  }

  /** Whether there is no place; that somebody is told so counts as {@link Gate.enter} refusing him. */
  refuses (): boolean {
    const full = this.#inside >= this.#bounds.most || this.#inside - this.#aside >= this.#bound()
    if (full) this.#refuse()
    return full
  }

  /** Takes more places for somebody who is inside; there are always as many as it takes. */
  spread (places: number): void {
    this.#inside += places
  }

  /** Has somebody who is inside wait elsewhere, where others do not wait for him; to be followed by {@link Gate.stepBack}. */
  stepAside (): void {
    this.#aside++
  }

  stepBack (): void {
    this.#aside--
  }

  /** Gives places back. */
  leave (places = 1): void {
    this.#inside -= places
    this.#left += places
  }

  /** Ends an overload in which nobody was refused for long enough. Whoever watches it must ask: where nobody comes, nobody finds out. */
  endIfCalm (): void {
    if (this.#refusedMs === undefined || this.#now() - this.#refusedMs < this.#bounds.calmMs) return
    this.#refusedMs = undefined
    this.#crowd = { came: -Infinity, seen: -Infinity }
    this.#onOverload(false)
  }

  #bound (): number {
    const { most, narrow, crowd } = this.#bounds
    this.endIfCalm()
    if (this.#refusedMs !== undefined) return narrow
    return this.#inside - this.#aside > crowd && this.#crowdStays() ? narrow : most
  }

  /** A crowd that was gone for a moment only is the same crowd: whoever comes waits where nobody counts before he is let in. */
  #crowdStays (): boolean {
    const { most } = this.#bounds
    if (this.#left - this.#crowd.seen > most / 4) this.#crowd.came = this.#left
    this.#crowd.seen = this.#left
    return this.#left - this.#crowd.came >= most
  }

  #refuse (): void {
    const begins = this.#refusedMs === undefined
    this.#refusedMs = this.#now()
    if (begins) this.#onOverload(true)
  }
}
