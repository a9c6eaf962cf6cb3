import type { RelayStatus } from '../relay/relay.ts'
import type { MetricMaker } from './metric-maker.ts'

/** What the relays report. */
export interface RelayMetrics {
  relayRestarted: (relay: string) => void
  /** Has the states of now read at each scrape. */
  watchRelays: (statuses: () => readonly RelayStatus[]) => void
}

export function relayMetrics (make: MetricMaker): RelayMetrics {
  const restarts = make.counter('relay_restarts_total', 'Relays started again after they had died', ['relay'])
  return {
    relayRestarted: relay => { restarts.inc({ relay }) },
    watchRelays: statuses => {
      for (const { name } of statuses()) restarts.inc({ relay: name }, 0)
      make.readEach('relay_up', '1 while the relay runs', 'relay', () => statuses().map(status => [status.name, isUp(status) ? 1 : 0]))
    },
  }
}

/** A sidecar is up as far as is known: while its port takes connections. */
function isUp ({ state, reason }: RelayStatus): boolean {
  return state === 'running' || (state === 'external' && reason === undefined)
}
