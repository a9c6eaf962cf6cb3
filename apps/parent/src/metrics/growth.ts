/** How much a count has grown since it was last told. One that is smaller than before has begun anew, as after a restart. */
export type Growth = (name: string, count: number) => number

/** Remembers the last count of each name. */
export function createGrowth (): Growth {
  const last = new Map<string, number>()
  return (name, count) => {
    const before = last.get(name) ?? 0
    last.set(name, count)
    return count >= before ? count - before : count
  }
}
