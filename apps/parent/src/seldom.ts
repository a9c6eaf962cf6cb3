/** Says something at most once in a while, and then how often it was not said: for lines that anybody, or any outage, can have written. */
export class Seldom {
  readonly #pauseMs: number
  readonly #now: () => number
  #lastAt = -Infinity
  #untold = 0

  /** `now` is in milliseconds, of any clock. */
  constructor (pauseMs: number, now: () => number) {
    this.#pauseMs = pauseMs
    this.#now = now
  }

  /** Calls `say` with the number of those that were left out since the last one, or leaves it out. */
  tell (say: (untold: number) => void): void {
    const now = this.#now()
    if (now - this.#lastAt < this.#pauseMs) {
      this.#untold++
      return
    }
    say(this.#untold)
    this.#lastAt = now
    this.#untold = 0
  }
}
