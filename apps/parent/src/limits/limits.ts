import type { Logger } from '../logger.ts'
import type { Metrics } from '../metrics/metrics.ts'
import { Gate } from './gate.ts'
import { HeldRefusals } from './held-refusals.ts'
import type { LimitSettings } from './limit-settings.ts'
import { Rates } from './rates.ts'
import { SlowKeys } from './slow-keys.ts'

/** Everything that keeps one caller, one key or one crowd from taking the service from the others. */
export interface Limits {
  /** Requests being answered, probes and streams left out. */
  readonly requests: Gate
  readonly slowKeys: SlowKeys
  readonly rates: Rates
  readonly refusals: HeldRefusals
}

/** A pool of 64 connections, the usual size, is no crowd. */
const crowd = 64
/** Overload is over when nobody had to be refused for so long. */
const calmMs = 1000
/** Little's law: docs/decisions says what was measured. */
const narrow = { requests: 8, slowKey: 2 }

/** The limits that the settings ask for, told to log and metrics. */
export function createLimits (settings: LimitSettings, { log, metrics }: { log: Logger, metrics: Metrics }): Limits {
  const most = settings.maxRequestsInFlight
  let watch: NodeJS.Timeout | undefined
  const requests = new Gate(boundsOf(most, narrow.requests), {
    onOverload: overloaded => {
      clearInterval(watch)
      if (overloaded) {
        log.warn({ requestsInFlight: requests.inside }, 'overload: requests are shed')
        watch = setInterval(() => { requests.endIfCalm() }, calmMs).unref()
      } else {
        log.info('overload is over')
      }
    },
  })
  const slowKeys = new SlowKeys({
    requests,
    bounds: boundsOf(Math.ceil(most / 10), narrow.slowKey),
    onTurn: waitedMs => { metrics.slowKeyWaited(waitedMs / 1000) },
    onRefused: () => { metrics.requestShed('slow-key') },
  })
  const rates = new Rates(settings, { onLimited: policy => { metrics.rateLimited(policy) } })
  metrics.watchLoad({ requests: () => requests.inside, overloaded: () => requests.overloaded })
  return { requests, slowKeys, rates, refusals: new HeldRefusals(settings.maxConnections) }
}

function boundsOf (most: number, narrow: number): ConstructorParameters<typeof Gate>[0] {
  return { most, narrow: Math.min(narrow, most), crowd: Math.min(crowd, most), calmMs }
}
