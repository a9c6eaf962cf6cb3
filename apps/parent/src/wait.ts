import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Waits `ms` milliseconds, or until `signal` aborts.
 *
 * @throws DOMException `AbortError` when the signal aborts first.
 */
export async function wait (ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal })
}

/** Whether `signal` has aborted: a call, since TypeScript takes the property not to change across an await. */
export function isAborted (signal: AbortSignal): boolean {
  return signal.aborted
}

/** Settles when `signal` aborts. */
export function aborted (signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => { resolve() }, { once: true })
  })
}

/** Settles with `promise`, or with undefined when `signal` aborts first; the promise's own failure is passed on. */
export async function unlessAborted<T> (promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  const over = new AbortController()
  try {
    return await Promise.race([promise, aborted(AbortSignal.any([signal, over.signal])).then(() => undefined)])
  } finally {
    over.abort()
  }
}

/** A signal that aborts `ms` milliseconds after `signal` does: time for a step that should not be cut short. */
export function delayedSignal (signal: AbortSignal, ms: number): AbortSignal {
  const controller = new AbortController()
  const start = (): void => { setTimeout(() => { controller.abort(signal.reason) }, ms).unref() }
  if (signal.aborted) start()
  else signal.addEventListener('abort', start, { once: true })
  return controller.signal
}
