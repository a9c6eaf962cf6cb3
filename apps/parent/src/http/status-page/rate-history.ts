/** Counters since the start of the process. */
export interface Totals {
  /** Signatures given out. */
  signed: number
  /** Signing requests that ended in an error. */
  refused: number
}

/** What happened in each second between two samples. */
export interface Rates {
  signed: number
  refused: number
}

interface Sample extends Totals {
  /** Milliseconds of a clock that only goes forward. */
  at: number
}

/** Rates over the recent past, made from samples of counters. */
export class RateHistory {
  readonly #capacity: number
  readonly #samples: Sample[] = []

  /** `capacity` is how many rates are kept. */
  constructor (capacity: number) {
    this.#capacity = capacity
  }

  /** Takes a sample; one that is not later than the last one is left out. */
  add (at: number, { signed, refused }: Totals): void {
    const last = this.#samples.at(-1)
    if (last !== undefined && at <= last.at) return
    this.#samples.push({ at, signed, refused })
    if (this.#samples.length > this.#capacity + 1) this.#samples.shift()
  }

  /** The rates per second, oldest first; one less than there are samples. */
  rates (): Rates[] {
    return this.#samples.slice(1).map((sample, index) => rateBetween(this.#samples[index] ?? sample, sample))
  }
}

function rateBetween (before: Sample, after: Sample): Rates {
  const seconds = (after.at - before.at) / 1000
  return { signed: (after.signed - before.signed) / seconds, refused: (after.refused - before.refused) / seconds }
}
