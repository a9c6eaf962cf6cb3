/** Does `work` with every item, begun in their order, `parallel` at a time; the results are in that order too. */
export async function inTurns<T, R> (items: readonly T[], parallel: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  const left = items.entries()
  const workOff = async (): Promise<void> => {
    for (const [index, item] of left) results[index] = await work(item)
  }
  await Promise.all(Array.from({ length: parallel }, workOff))
  return results
}
