/** More CPUs than any host has; keeps a range such as `0-4000000000` from being counted out. */
const maxCpu = 65_535

/** How many CPUs a kernel CPU list such as `1,3,5-7` names; undefined for another text. An empty list names none. */
export function countCpus (list: string): number | undefined {
  const text = list.trim()
  if (text === '') return 0
  const cpus = new Set<number>()
  for (const part of text.split(',')) {
    const [, first, last = first] = /^\s*(\d{1,5})(?:-(\d{1,5}))?\s*$/.exec(part) ?? []
    if (first === undefined || Number(first) > Number(last) || Number(last) > maxCpu) return undefined
    for (let cpu = Number(first); cpu <= Number(last); cpu++) cpus.add(cpu)
  }
  return cpus.size
}
