import { kill } from '../process-table.ts'

/** When a program is to be ended, and how. */
export interface EndingSignals {
  /** SIGTERM, and SIGKILL two seconds later. */
  politely: AbortSignal
  /** SIGKILL: the program may hang. */
  atOnce: AbortSignal
}

const killAfterMs = 2000

/**
 * Ends the process `pid` when a signal aborts, and kills it with the parent's own exit, whatever that exit's reason. Disposing of it,
 * once the process has ended, leaves the pid alone from then on.
 */
export function endWith (pid: number, { politely, atOnce }: EndingSignals): Disposable {
  let timer: NodeJS.Timeout | undefined
  const killNow = (): void => { kill(pid) }
  const terminate = (): void => {
    sendTerm(pid)
    timer = setTimeout(killNow, killAfterMs)
  }
  process.once('exit', killNow)
  onAbort(politely, terminate)
  onAbort(atOnce, killNow)
  return {
    [Symbol.dispose]: () => {
      clearTimeout(timer)
      process.off('exit', killNow)
      politely.removeEventListener('abort', terminate)
      atOnce.removeEventListener('abort', killNow)
    },
  }
}

function onAbort (signal: AbortSignal, act: () => void): void {
  if (signal.aborted) act()
  else signal.addEventListener('abort', act, { once: true })
}

function sendTerm (pid: number): void {
  try {
    process.kill(pid, 'SIGTERM')
  } catch {
    // It has ended.
  }
}
