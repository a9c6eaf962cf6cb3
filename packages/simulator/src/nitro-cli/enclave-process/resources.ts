import type { HostFile } from '../../state/host-file.ts'
import type { EnclaveRecord } from '../running-enclaves/enclave-record.ts'
import { NitroCliFailure } from '../failure.ts'
import type { RunArguments } from '../commands/run-arguments.ts'

/** Most enclaves of one parent instance (AWS Nitro Enclaves user guide, multiple enclaves). */
export const maxEnclaves = 4

/** Memory must be this many times the image's size (nitro-cli `ENCLAVE_MEMORY_EIF_SIZE_RATIO`). */
const memoryPerImage = 4

/** The smallest CID that is given out (CIDs below are reserved). */
const firstCid = 4

const bytesPerMib = 1024 ** 2

/** Memory comes in pages of 2 MiB. */
const pageMib = 2

/** What is reserved and what of it is taken. */
export interface ResourceUse {
  readonly allocator: HostFile['allocator']
  readonly running: readonly EnclaveRecord[]
}

/** What an enclave gets. */
export interface Allocation {
  readonly cpuIds: readonly number[]
  readonly memoryMib: number
}

type CpuRequest = RunArguments['cpus']

/**
 * Refuses CPUs that the pool does not have, whoever uses them.
 *
 * @throws NitroCliFailure E20, E21 or E22.
 */
export function checkCpuRequest (cpus: CpuRequest, pool: readonly number[]): void {
  const within = ['Failed to get CPU configuration']
  if ('count' in cpus) {
    if (cpus.count <= pool.length) return
    throw new NitroCliFailure('E22', `Insufficient CPUs available (requested ${cpus.count}, but maximum is ${pool.length})`, { info: ['cpu-count', cpus.count.toString()], within })
  }
  const repeated = [...new Set(cpus.ids)].filter((id) => cpus.ids.indexOf(id) !== cpus.ids.lastIndexOf(id))
  if (repeated.length > 0) {
    throw new NitroCliFailure('E20', `CPU IDs list contains ${repeated.length} duplicate(s)`, { info: ['cpu-ids', repeated.join('')], within })
  }
  const foreign = cpus.ids.find((id) => !pool.includes(id))
  if (foreign === undefined) return
  throw new NitroCliFailure('E21', `The CPU with ID ${foreign} is not available in the NE CPU pool`, { info: ['cpu-ids', foreign.toString()], within })
}

/**
 * Refuses less memory than four times the image.
 *
 * @throws NitroCliFailure E26.
 */
export function checkMemoryRequest (memoryMib: number, imageBytes: number): void {
  const within = ['Failed to create enclave handle', 'Failed to construct EnclaveManager with given arguments']
  const minimumMib = Math.ceil(imageBytes / bytesPerMib) * memoryPerImage
  if (memoryPerImage * imageBytes > memoryMib * bytesPerMib) {
    const reason = `At least ${minimumMib} MB must be allocated (which is ${memoryPerImage} times the EIF file size)`
    throw new NitroCliFailure('E26', reason, { info: ['memory', memoryMib.toString(), minimumMib.toString()], within })
  }
  if (memoryMib === 0) throw new NitroCliFailure('E26', 'Cannot start an enclave with no memory', { info: ['memory', '0'], within })
}

/**
 * Gives an enclave its memory and CPUs.
 *
 * @throws NitroCliFailure E27 or E29.
 */
export function allocate ({ memoryMib: requested, cpus }: RunArguments, { allocator, running }: ResourceUse): Allocation {
  const memoryMib = Math.ceil(requested / pageMib) * pageMib
  const freeMib = allocator.memoryMib - running.reduce((sum, enclave) => sum + enclave.memoryMib, 0)
  if (memoryMib > freeMib) {
    const reason = `Failed to allocate entire memory (${memoryMib - freeMib} MB remained)`
    throw new NitroCliFailure('E27', reason, { info: ['memory', requested.toString()], within: ['Memory initialization issue'] })
  }
  const taken = new Set(running.flatMap(({ cpuIds }) => cpuIds))
  const free = allocator.cpuIds.filter((id) => !taken.has(id))
  const cpuIds = 'count' in cpus ? free.slice(0, cpus.count) : cpus.ids.filter((id) => free.includes(id))
  const wanted = 'count' in cpus ? cpus.count : cpus.ids.length
  if (cpuIds.length < wanted) {
    throw new NitroCliFailure('E29', 'The provided vCPU is already used', { within: ['Add vCPU ioctl failed', 'vCPUs initialization issue'] })
  }
  return { memoryMib, cpuIds }
}

/**
 * The CID asked for, or the lowest free one.
 *
 * @throws NitroCliFailure E29 when another enclave has it.
 */
export function assignCid (requested: number | undefined, running: readonly EnclaveRecord[]): number {
  const taken = new Set(running.map(({ enclaveCid }) => enclaveCid))
  if (requested !== undefined && requested !== 0) {
    if (!taken.has(requested)) return requested
    throw new NitroCliFailure('E29', 'An error has occurred: 98 (rc: -1)', { within: ['Start enclave ioctl failed', 'Enclave start issue'] })
  }
  return Array.from({ length: maxEnclaves + 1 }, (_, index) => firstCid + index).find((cid) => !taken.has(cid)) ?? firstCid
}

/** The name asked for, or the image's; with `_1`, `_2`, … when an enclave has it already (src/lib.rs `new_enclave_name`). */
export function assignName ({ enclaveName, eifPath }: RunArguments, running: readonly EnclaveRecord[]): string {
  const name = enclaveName ?? (eifPath.split('/').at(-1) ?? '').replace(/(?:\.eif)+$/, '')
  const taken = new Set(running.map((enclave) => enclave.enclaveName))
  if (!taken.has(name)) return name
  return Array.from({ length: taken.size }, (_, index) => `${name}_${index + 1}`).find((candidate) => !taken.has(candidate)) ?? name
}
