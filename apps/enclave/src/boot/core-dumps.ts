import { expectSuccess, libc } from '../libc.ts'

/** Linux include/uapi/asm-generic/resource.h */
const resourceCore = 4
/** Linux include/uapi/linux/prctl.h */
const prGetDumpable = 3
const prSetDumpable = 4
const prSetNoNewPrivileges = 38

/** A `struct rlimit` of two 64-bit zeros: nothing now, and nothing that could be asked for later. */
const noBytes = Buffer.alloc(16)

/**
 * Sees to it that no memory of this process is written to a core file or read by another process, and that no program it starts gains
 * privileges (of a set-user-ID file or of file capabilities).
 *
 * The limit alone does not do: a kernel whose `core_pattern` is a pipe disregards it (core(5)). A process that is not dumpable is neither
 * dumped nor traced (prctl(2)). The limit is what the bridges inherit, since a new program is dumpable again. The bar on privileges holds
 * for the calling thread and what comes from it: all later threads and every process, but not the few of V8's that are there already.
 *
 * @throws SystemCallError
 */
export function switchOffCoreDumps (): void {
  expectSuccess(libc.setResourceLimit(resourceCore, noBytes), 'setrlimit')
  expectSuccess(libc.prctl(prSetDumpable, 0, 0, 0, 0), 'prctl')
  expectSuccess(libc.prctl(prSetNoNewPrivileges, 1, 0, 0, 0), 'prctl')
}

/** Whether this process may be dumped or traced: a change of its user sets that anew, to `fs.suid_dumpable` (proc(5)). */
export function isDumpable (): boolean {
  return expectSuccess(libc.prctl(prGetDumpable, 0, 0, 0, 0), 'prctl') !== 0
}
