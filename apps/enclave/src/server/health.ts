import { monitorEventLoopDelay } from 'node:perf_hooks'

/** How the enclave fares. */
export interface Health {
  /** The figures since the last reading. */
  read (): { uptimeMs: number, eventLoopDelayMs: number, residentBytes: number }
  close (): void
}

/** The event loop is looked at this often, in milliseconds. */
const resolutionMs = 10
const nanosecondsPerMs = 1e6

/** Begins to watch the event loop. */
export function watchHealth (): Health {
  const startedMs = performance.now()
  const delay = monitorEventLoopDelay({ resolution: resolutionMs })
  delay.enable()
  return {
    read: () => {
      // The histogram holds the time from one look to the next, so an idle loop shows the resolution itself.
      const eventLoopDelayMs = delay.count === 0 ? 0 : Math.max(0, delay.max / nanosecondsPerMs - resolutionMs)
      delay.reset()
      return { uptimeMs: performance.now() - startedMs, eventLoopDelayMs, residentBytes: process.memoryUsage.rss() }
    },
    close: () => { delay.disable() },
  }
}
