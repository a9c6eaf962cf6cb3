/** Bounds of a series of growing delays, in milliseconds. */
export interface BackoffOptions {
  firstMs: number
  maxMs: number
  /** 0 up to but excluding 1; `Math.random`. */
  random?: () => number
}

/**
 * The delay before the next attempt after `failures` failures in a row (1 or more): doubled each time up to `maxMs`, then spread
 * evenly over its upper half, so that services that failed together do not come back together.
 */
export function backoffMs (failures: number, { firstMs, maxMs, random = Math.random }: BackoffOptions): number {
  const ceiling = Math.min(maxMs, firstMs * 2 ** Math.min(failures - 1, 30))
  return Math.round(ceiling / 2 + random() * ceiling / 2)
}
