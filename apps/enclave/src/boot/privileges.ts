import { accessSync, constants, readdirSync, readFileSync } from 'node:fs'
import { BootError } from './boot-error.ts'
import { isDumpable, switchOffCoreDumps } from './core-dumps.ts'

/** The user that an enclave's program runs as: distroless images' `nonroot`. No file in the image belongs to it. */
export const runAs = { uid: 65532, gid: 65532 }

/**
 * Gives up root where the program has it, for good and in every thread, and verifies that nothing is left of it. nitro-cli disregards an
 * image's `USER`: init starts everything as root.
 *
 * @throws BootError `PRIVILEGES_LEFT`, `CODE_WRITABLE`; a system error when a call is refused.
 */
export function dropRoot (): void {
  const wasRoot = process.getuid?.() === 0
  if (wasRoot) {
    // The order matters: only root may change groups.
    process.setgroups?.([])
    process.setgid?.(runAs.gid)
    process.setuid?.(runAs.uid)
    // The kernel has set it anew with the user.
    switchOffCoreDumps()
  }
  expectNoPrivileges()
  if (wasRoot) expectUnwritable([process.execPath, import.meta.dirname, import.meta.filename])
}

/**
 * Verifies, thread by thread and in the kernel's own words, that this process has no user's rights but those of one ordinary user.
 *
 * @throws BootError `PRIVILEGES_LEFT`.
 */
export function expectNoPrivileges (): void {
  for (const thread of readdirSync('/proc/self/task')) {
    const status = readStatus(`/proc/self/task/${thread}/status`)
    const left = status === undefined ? undefined : privilegesIn(status)
    if (left !== undefined) throw new BootError('PRIVILEGES_LEFT', `a thread still has ${left}`)
  }
  if (isDumpable()) throw new BootError('PRIVILEGES_LEFT', 'the process can be dumped')
}

/** What a thread's `status` (proc(5)) shows of root: the first that is found. */
export function privilegesIn (status: string): string | undefined {
  const fields = new Map(status.split('\n').map(line => line.split(':\t') as [string, string]))
  const isRoot = (name: string): boolean => (fields.get(name) ?? '0').split('\t').includes('0')
  const hasCapability = (name: string): boolean => !/^0+$/.test(fields.get(name) ?? 'unknown')
  if (isRoot('Uid')) return 'the user root'
  if (isRoot('Gid')) return 'the group root'
  if ((fields.get('Groups') ?? '0').split(' ').includes('0')) return 'the supplementary group root'
  return ['CapPrm', 'CapEff', 'CapAmb'].find(hasCapability)
}

/** Nothing for a thread that has ended meanwhile: it has no privileges. */
function readStatus (path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')) return undefined
    throw error
  }
}

function expectUnwritable (paths: readonly string[]): void {
  for (const path of paths) {
    if (isWritable(path)) throw new BootError('CODE_WRITABLE', `${path} can be written`)
  }
}

function isWritable (path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    return true
  } catch {
    return false
  }
}
