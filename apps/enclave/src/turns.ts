import { EnclaveError } from '@enclave-signer/protocol'

/** Lets a few tasks run at a time and a bounded number wait, first come first served. */
export class Turns {
  readonly #parallel: number
  readonly #maxWaiting: number
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor ({ parallel, maxWaiting }: { parallel: number, maxWaiting: number }) {
    this.#parallel = parallel
    this.#maxWaiting = maxWaiting
  }

  /**
   * Runs `task` when its turn comes.
   *
   * @throws EnclaveError `OVERLOADED` when as many wait as may; and what `task` throws.
   */
  async run<T> (task: () => Promise<T>): Promise<T> {
    await this.#takeTurn()
    try {
      return await task()
    } finally {
      this.#passTurn()
    }
  }

  async #takeTurn (): Promise<void> {
    if (this.#running < this.#parallel) {
      this.#running++
      return
    }
    if (this.#waiting.length >= this.#maxWaiting) throw new EnclaveError('OVERLOADED', `${this.#waiting.length} requests wait already`)
    await new Promise<void>(resolve => { this.#waiting.push(resolve) })
  }

  #passTurn (): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#running--
    else next()
  }
}
