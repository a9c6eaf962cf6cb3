/** What another clock said, and between which moments it said so. */
export interface ClockReading {
  /** Unix time in milliseconds by that clock. */
  readonly theirMs: number
  /** In what steps it tells the time, in milliseconds: 1000 for HTTP's `Date`. */
  readonly stepMs: number
  /** When it was asked and when its answer was there, Unix time in milliseconds by the kernel's clock. */
  readonly askedMs: number
  readonly answeredMs: number
}

/** The enclave's time: the kernel's, corrected by what was learnt from a clock that is believed. Never by anything the parent sends. */
export interface Clock {
  /** Unix time in milliseconds. */
  readonly now: () => number
  /** The same without any correction: what a {@link ClockReading} is taken by. */
  readonly kernelNow: () => number
  /** What is added to the kernel's clock, in whole milliseconds. */
  readonly offsetMs: number
  /** Holds the clock against another one; whether it was corrected. */
  compare (reading: ClockReading): boolean
}

/** A clock that is the kernel's, until it is found to be wrong. */
export function createClock (kernelNow: () => number = Date.now): Clock {
  let offsetMs = 0
  return {
    now: () => kernelNow() + offsetMs,
    kernelNow,
    get offsetMs () {
      return offsetMs
    },
    compare: reading => {
      const corrected = correctedOffset(offsetMs, reading)
      const changed = corrected !== offsetMs
      offsetMs = corrected
      return changed
    },
  }
}

/**
 * The offset after a reading. The other clock spoke at some moment between question and answer, so a whole range of offsets agrees with
 * it, and one within is left alone: a parent that holds an answer back widens the range, and moves nothing. Of a range that proves the
 * offset wrong the middle is taken.
 */
export function correctedOffset (offsetMs: number, { theirMs, stepMs, askedMs, answeredMs }: ClockReading): number {
  const least = theirMs - answeredMs
  const most = theirMs + stepMs - askedMs
  return offsetMs >= least && offsetMs <= most ? offsetMs : Math.round((least + most) / 2)
}
