import type { ChildProcess } from 'node:child_process'
import { expectSuccess, libc } from '../libc.ts'

/** Linux include/uapi/linux/wait.h */
const anyProcess = 0
const oneProcess = 1
const noHang = 0x00000001
const exited = 0x00000004
const noWait = 0x01000000
/** `siginfo_t` is 128 bytes; the process id of SIGCHLD stands after three ints and their padding (include/uapi/asm-generic/siginfo.h). */
const infoBytes = 128
const pidOffset = 16

/** Takes the processes off the kernel's hands that ended as orphans. */
export interface Reaper {
  /** Leaves a process to Node, which waits for it by itself and needs its exit status. To be called in the turn in which it is started. */
  spare (child: ChildProcess): void
}

/**
 * Begins to reap. It is the duty of a process with id 1: what a bridge forked and left behind becomes its child, and stays a zombie until
 * it is waited for. Under nitro's init, which is process 1 itself and reaps, there is nothing to find.
 */
export function startReaper (): Reaper {
  const spared = new Set<number>()
  const reap = (): void => { reapOrphans(spared) }
  process.on('SIGCHLD', reap)
  return {
    spare: child => {
      const { pid } = child
      if (pid === undefined) return
      spared.add(pid)
      // A process of Node's that has ended hides the orphans behind it from whoever looks, until Node has waited for it.
      child.once('exit', () => {
        spared.delete(pid)
        reap()
      })
    },
  }
}

function reapOrphans (spared: ReadonlySet<number>): void {
  for (let pid = endedChild(); pid !== 0 && !spared.has(pid); pid = endedChild()) {
    expectSuccess(libc.waitForProcess(oneProcess, pid, Buffer.alloc(infoBytes), exited | noHang), 'waitid')
  }
}

/** The id of a child that has ended, which is looked at and left where it is; 0 where there is none. */
function endedChild (): number {
  const info = Buffer.alloc(infoBytes)
  const result = libc.waitForProcess(anyProcess, 0, info, exited | noHang | noWait)
  return result < 0 ? 0 : info.readInt32LE(pidOffset)
}
