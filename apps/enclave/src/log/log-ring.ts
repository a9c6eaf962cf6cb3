import { EnclaveError, maxLogLines } from '@enclave-signer/protocol'
import type { LogLine, Result } from '@enclave-signer/protocol'

/** The newest lines of the log, numbered from 1 on in the order in which they came. */
export class LogRing {
  readonly #capacity: number
  readonly #lines: LogLine[] = []
  #last = 0

  /** `capacity` is how many lines are kept; the oldest makes room. */
  constructor (capacity: number) {
    this.#capacity = capacity
  }

  add (line: LogLine): void {
    this.#lines.push(line)
    this.#last++
    if (this.#lines.length > this.#capacity) this.#lines.shift()
  }

  /**
   * The lines that follow number `after`, as many as one answer takes, and how many between had to make room.
   *
   * @throws EnclaveError `INVALID_PARAMS` when `after` is ahead of the log: it belongs to another life of the enclave.
   */
  read (after: number): Result<'readLog'> {
    if (after > this.#last) throw new EnclaveError('INVALID_PARAMS', `the log ends at ${this.#last}, before ${after}`)
    const oldest = this.#last - this.#lines.length + 1
    const first = Math.max(after + 1, oldest)
    const lines = this.#lines.slice(first - oldest, first - oldest + maxLogLines)
    return { lines, next: first - 1 + lines.length, dropped: first - 1 - after }
  }
}
