import koffi from 'koffi'
import type { KoffiFunc } from 'koffi'

const library = koffi.load(null)
const declare = (definition: string): unknown => library.func(definition)

/**
 * The functions of the C library that Node has no words for. The variadic ones are declared without their `...`: koffi cannot call those
 * off the event loop, and the Linux ABIs of x86-64 and arm64 pass integer arguments the same way in both forms.
 */
export const libc = {
  ioctl: declare('int ioctl(int fd, unsigned long request, void *argument)') as KoffiFunc<(fd: number, request: number, argument: Buffer | null) => number>,
  prctl: declare('int prctl(int option, unsigned long two, unsigned long three, unsigned long four, unsigned long five)') as
    (option: number, two: number, three: number, four: number, five: number) => number,
  setResourceLimit: declare('int setrlimit(int resource, const void *limit)') as (resource: number, limit: Buffer) => number,
  setClock: declare('int clock_settime(int clock, const void *time)') as (clock: number, time: Buffer) => number,
  waitForProcess: declare('int waitid(int idType, unsigned int id, void *info, int options)') as
    (idType: number, id: number, info: Buffer, options: number) => number,
}

/** A system call failed. `code` is the system's own name of the error, such as `EPERM`. */
export class SystemCallError extends Error {
  override readonly name = 'SystemCallError'
  readonly code: string

  constructor (call: string, code: string) {
    super(`${call} failed: ${code}`)
    this.code = code
  }
}

/**
 * Holds a system call to its word; to be asked right after the call.
 *
 * @returns `result`.
 * @throws SystemCallError when it is below zero.
 */
export function expectSuccess (result: number, call: string): number {
  if (result < 0) throw new SystemCallError(call, errnoName())
  return result
}

/** The name of the last call's error. */
export function errnoName (): string {
  const errno = koffi.errno()
  return Object.entries(koffi.os.errno).find(([, number]) => number === errno)?.[0] ?? `errno ${errno}`
}
