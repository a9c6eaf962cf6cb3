import type { Log } from '../log.ts'

/**
 * Aborts when the process is asked to stop. As process 1 a program gets no signal that it has not asked for (pid_namespaces(7)), so this
 * comes first.
 */
export function stopSignal (log: Log): AbortSignal {
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stop.signal.aborted) return
      log({ level: 'info', event: 'enclave.stopping', signal })
      stop.abort()
    })
  }
  return stop.signal
}
