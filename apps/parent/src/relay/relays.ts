import type { ParentConfig } from '../config/config.ts'
import type { Logger } from '../logger.ts'
import type { Metrics } from '../metrics/metrics.ts'
import { aborted } from '../wait.ts'
import { Relay } from './relay.ts'
import type { RelayStatus } from './relay.ts'
import { checkPortIsFree, socatArguments } from './socat.ts'
import { vsockProxyArguments } from './vsock-proxy.ts'

/** What the supervisor of one enclave asks of its relay. */
export interface EnclaveRelay {
  /** TCP port on loopback. */
  readonly port: number
  /** Leads the relay to the enclave of that CID. */
  follow: (cid: number) => void
  /** Starts the relay afresh; false where that is not the parent's to do. */
  replace: (reason: string) => boolean
  /** Told whether the relay's port took a connection: undefined, or why not. */
  checked: (problem: string | undefined) => void
}

/** The relays of the service. */
export interface Relays {
  readonly enclaveRelay: EnclaveRelay
  statuses: () => RelayStatus[]
  /** Keeps them running until `signal` aborts, then ends them. Never rejects. */
  run: (signal: AbortSignal) => Promise<void>
}

const socatName = 'socat-0'
const vsockProxyName = 'vsock-proxy'

/** socat for the enclave and vsock-proxy for KMS: kept running by the parent, or by whoever runs them as sidecars (`RELAYS=external`). */
export function createRelays (config: ParentConfig, log: Logger, metrics: Metrics): Relays {
  const relays = config.relays === 'managed' ? managedRelays(config, log, metrics) : externalRelays(config)
  metrics.watchRelays(relays.statuses)
  return relays
}

function managedRelays (config: ParentConfig, log: Logger, metrics: Metrics): Relays {
  const onRestart = (name: string): void => { metrics.relayRestarted(name) }
  const { executables, relayPort: port, kmsProxyPort, region, enclave } = config
  const socat = new Relay({
    name: socatName,
    executable: executables.socat,
    args: socatArguments(port, enclave.cid),
    log,
    onRestart,
    check: async () => { await checkPortIsFree(port) },
  })
  const vsockProxy = new Relay({
    name: vsockProxyName, executable: executables.vsockProxy, args: vsockProxyArguments(kmsProxyPort, region), log, onRestart,
  })
  const relays = [socat, vsockProxy]
  return {
    enclaveRelay: {
      port,
      follow: cid => { socat.retarget(socatArguments(port, cid)) },
      replace: reason => {
        socat.replace(reason)
        return true
      },
      checked: () => undefined,
    },
    statuses: () => relays.map(relay => relay.status),
    run: async signal => { await Promise.all(relays.map(async relay => { await relay.run(signal) })) },
  }
}

/**
 * Sidecars are not started, replaced or ended. That of the enclave is checked by connecting to it. What leads to KMS listens on a vsock
 * port, to which Node.js cannot connect: it is seen by KMS answering.
 */
function externalRelays ({ relayPort: port }: ParentConfig): Relays {
  let reason: string | undefined
  const status = (name: string): RelayStatus => ({ name, state: 'external', restarts: 0, reason: undefined })
  return {
    enclaveRelay: {
      port,
      follow: () => undefined,
      replace: () => false,
      checked: problem => { reason = problem },
    },
    statuses: () => [{ ...status(socatName), reason }, status(vsockProxyName)],
    run: aborted,
  }
}
