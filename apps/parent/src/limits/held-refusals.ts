/**
 * Milliseconds that a refusal is held back: as long as it can be and still arrive within 50 ms from a busy machine, and by chance, so that
 * clients that ask again at once do not all do so at once.
 */
const heldMs = { least: 15, most: 28 }

/**
 * Answers refusals a little later. A client that asks again as soon as it is refused is slowed down by that to some 40 requests a second
 * on each of its connections, and the processor is left to the requests that were let in.
 */
export class HeldRefusals {
  readonly #most: number
  #held = 0

  /** @param most - held at once; the next is answered at once. */
  constructor (most: number) {
    this.#most = most
  }

  /** Has `answer` called in a moment. */
  hold (answer: () => void): void {
    if (this.#held >= this.#most) {
      answer()
      return
    }
    this.#held++
    setTimeout(() => {
      this.#held--
      answer()
    }, heldMs.least + Math.floor(Math.random() * (heldMs.most - heldMs.least)))
  }
}
