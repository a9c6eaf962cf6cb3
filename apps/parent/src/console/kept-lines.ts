import type { ConsoleLine } from './console-line.ts'

/** A line and its number. */
export interface KeptLine {
  readonly id: number
  readonly line: ConsoleLine
}

/** How many lines are kept, and from which number they count. */
export interface KeptLinesOptions {
  readonly capacity: number
  /** The first number is the next one. */
  readonly lastId: number
}

/** The newest lines of all enclaves, numbered one after the other, and who waits for the next one. */
export class KeptLines {
  readonly #capacity: number
  readonly #kept: KeptLine[] = []
  readonly #listeners = new Set<() => void>()
  #lastId: number

  constructor ({ capacity, lastId }: KeptLinesOptions) {
    this.#capacity = capacity
    this.#lastId = lastId
  }

  /** The number of the newest line. */
  get lastId (): number {
    return this.#lastId
  }

  /** The number before the oldest line that is kept. */
  get lostId (): number {
    return this.#lastId - this.#kept.length
  }

  add (line: ConsoleLine): void {
    this.#kept.push({ id: ++this.#lastId, line })
    if (this.#kept.length > this.#capacity) this.#kept.shift()
    for (const listener of this.#listeners) listener()
  }

  /** The oldest line that is kept and comes after number `id`. */
  after (id: number): KeptLine | undefined {
    return this.#kept[Math.max(0, id - this.lostId)]
  }

  /** Calls `listener` after each line until what is returned is called. */
  listen (listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => { this.#listeners.delete(listener) }
  }
}
