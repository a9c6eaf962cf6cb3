import type { Check } from '../check.ts'
import { failed, ok, warning } from '../finding.ts'
import type { Facts, Finding } from '../finding.ts'
import { readHugepages } from '../hugepage-pools.ts'
import type { HugepagePool } from '../hugepage-pools.ts'

const kibPerMib = 1024

/** Free hugepages, against ENCLAVE_MEMORY_MIB for each enclave: nitro-cli gives enclaves memory of no other kind, in whole pages. */
export const hugepagesCheck: Check = {
  name: 'hugepages',
  run: async ({ paths, settings: { memoryMib, enclaveCount } }) => {
    const pools = await readHugepages(paths)
    if (pools === undefined) return failed('the kernel tells nothing of hugepages', 'let the container read /sys/kernel/mm/hugepages and /proc/meminfo')
    const used = pools.filter(({ total }) => total > 0)
    const smallestMib = Math.min(...used.map(({ pageKib }) => pageKib / kibPerMib))
    const neededMib = enclaveCount * (used.length === 0 ? memoryMib : Math.ceil(memoryMib / smallestMib) * smallestMib)
    return judge({
      freeMib: sumMib(used, ({ free }) => free),
      totalMib: sumMib(used, ({ total }) => total),
      neededMib,
      pages: used.map(({ pageKib, free, total }) => `${free} of ${total} of ${pageKib} kB free`),
    })
  },
}

function judge (facts: { freeMib: number, totalMib: number, neededMib: number } & Facts): Finding {
  const { freeMib, totalMib, neededMib } = facts
  const summary = `${freeMib} of ${totalMib} MiB free, ${neededMib} needed`
  if (freeMib >= neededMib) return ok(summary, facts)
  if (totalMib >= neededMib) {
    return warning(summary, 'right while the service\'s enclaves run; else "nitro-cli describe-enclaves" shows who has the rest', facts)
  }
  return failed(summary, `set memory_mib to ${neededMib} or more in /etc/nitro_enclaves/allocator.yaml and restart nitro-enclaves-allocator`, facts)
}

function sumMib (pools: readonly HugepagePool[], pagesOf: (pool: HugepagePool) => number): number {
  return Math.floor(pools.reduce((sum, pool) => sum + pagesOf(pool) * pool.pageKib, 0) / kibPerMib)
}
