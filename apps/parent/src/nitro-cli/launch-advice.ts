import type { Allocator } from './allocator.ts'
import { allocatorFile } from './allocator.ts'
import { errorPolicyOf } from './error-table.ts'
import type { ErrorPolicy } from './error-table.ts'

/** What was asked for at a launch, and what there is. */
export interface LaunchFacts {
  memoryMib: number
  cpuCount: number
  /** Undefined where the EIF cannot be looked at. */
  eifBytes: number | undefined
  /** Undefined where its file cannot be read. */
  allocator: Allocator | undefined
}

/** Memory must be this many times the size of the EIF (nitro-cli's `ENCLAVE_MEMORY_EIF_SIZE_RATIO`; E26). */
const memoryPerEif = 4
const mib = 1024 ** 2

/** The least memory an EIF boots with, in MiB. */
export function leastMemoryMib (eifBytes: number): number {
  return Math.ceil(eifBytes / mib) * memoryPerEif
}

/**
 * The policy of a launch's error with the host's own figures in it. Where the allocator holds less than was asked for, E27 and E22 cannot
 * pass by waiting; where it holds enough, another enclave has it now.
 */
export function launchPolicyOf (code: string, facts: LaunchFacts): ErrorPolicy {
  const policy = errorPolicyOf(code)
  if (code === 'E26') return { ...policy, advice: `${memoryAdvice(facts)}: raise ENCLAVE_MEMORY_MIB` }
  if (code === 'E27') return memoryPolicy(facts)
  if (code === 'E22' || code === 'E21') return { ...policy, advice: `${cpuAdvice(facts)}: ${policy.advice} in ${fileOf(facts)} and restart nitro-enclaves-allocator` }
  return policy
}

function memoryPolicy (facts: LaunchFacts): ErrorPolicy {
  const { allocator, memoryMib } = facts
  const reserved = allocator?.memoryMib
  if (reserved !== undefined && reserved >= memoryMib) {
    return { retry: 'transient', advice: `${memoryAdvice(facts)}: other enclaves hold the rest now; end one, or raise memory_mib in ${fileOf(facts)}` }
  }
  const advice = `${memoryAdvice(facts)}: raise memory_mib in ${fileOf(facts)} and restart nitro-enclaves-allocator, or lower ENCLAVE_MEMORY_MIB`
  return { retry: reserved === undefined ? 'transient' : 'permanent', advice }
}

function memoryAdvice ({ memoryMib, eifBytes, allocator }: LaunchFacts): string {
  const needs = eifBytes === undefined ? '' : `; the EIF has ${Math.ceil(eifBytes / mib)} MiB and needs ${leastMemoryMib(eifBytes)} MiB, four times its size`
  const has = allocator?.memoryMib === undefined ? 'what the allocator holds is not known here' : `the allocator holds ${allocator.memoryMib} MiB`
  return `ENCLAVE_MEMORY_MIB is ${memoryMib} MiB${needs}; ${has}`
}

function cpuAdvice ({ cpuCount, allocator }: LaunchFacts): string {
  const has = allocator?.cpuCount === undefined ? 'how many CPUs the allocator holds is not known here' : `the allocator holds ${allocator.cpuCount} CPUs`
  return `ENCLAVE_CPU_COUNT is ${cpuCount}; ${has}`
}

function fileOf ({ allocator }: LaunchFacts): string {
  return allocator?.path ?? allocatorFile
}
