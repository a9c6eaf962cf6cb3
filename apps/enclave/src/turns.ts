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
   * Runs `task` when its turn comes, unless its time is over by then.
   *
   * @param expiresMs - when it need no longer be begun, by `performance.now()`.
   * @throws EnclaveError `OVERLOADED` when as many wait as may, `DEADLINE_EXCEEDED`; and what `task` throws.
   */
  async run<T> (task: () => Promise<T>, expiresMs = Infinity): Promise<T> {
    await this.#takeTurn()
    try {
      if (performance.now() >= expiresMs) throw new EnclaveError('DEADLINE_EXCEEDED', 'the time was over before its turn came')
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
