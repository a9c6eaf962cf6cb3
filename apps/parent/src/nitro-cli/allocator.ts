import { readFile } from 'node:fs/promises'

/** What the host reserves for enclaves (`/etc/nitro_enclaves/allocator.yaml`). Undefined is "not said there". */
export interface Allocator {
  path: string
  memoryMib: number | undefined
  cpuCount: number | undefined
}

/** Where the allocator service of aws-nitro-enclaves-cli reads its settings. */
export const allocatorFile = '/etc/nitro_enclaves/allocator.yaml'

/** Reads the allocator's file; undefined where it cannot be read, as in a container into which it was not mounted. */
export async function readAllocator (path = allocatorFile): Promise<Allocator | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined)
  return text === undefined ? undefined : parseAllocator(text, path)
}

/** The members of the flat YAML that count: `memory_mib`, and `cpu_count` or the number of CPUs in `cpu_pool` (`2,3,6-9`). */
export function parseAllocator (text: string, path: string): Allocator {
  const valueOf = (name: string): string | undefined => new RegExp(`^${name}:[ \\t]*["']?([\\d,\\- ]+)["']?[ \\t]*(?:#.*)?$`, 'm').exec(text)?.[1]?.trim()
  const pool = valueOf('cpu_pool')
  return {
    path,
    memoryMib: numberOf(valueOf('memory_mib')),
    cpuCount: numberOf(valueOf('cpu_count')) ?? (pool === undefined ? undefined : sizeOfPool(pool)),
  }
}

function numberOf (text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined
}

function sizeOfPool (pool: string): number | undefined {
  const sizes = pool.split(',').map(part => {
    const [first, last = first] = part.split('-').map(end => Number(end.trim()))
    return first === undefined || last === undefined ? Number.NaN : last - first + 1
  })
  const size = sizes.reduce((sum, count) => sum + count, 0)
  return Number.isSafeInteger(size) && size > 0 ? size : undefined
}
