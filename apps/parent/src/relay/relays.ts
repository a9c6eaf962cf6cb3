import type { ParentConfig } from '../config/config.ts'
import type { Logger } from '../logger.ts'
import type { Metrics } from '../metrics.ts'
import { Relay } from './relay.ts'
import type { RelayStatus } from './relay.ts'
import { checkPortIsFree, socatArguments } from './socat.ts'
import { vsockProxyArguments } from './vsock-proxy.ts'

/** The relays of the service. */
export interface Relays {
  statuses: () => RelayStatus[]
  /** Keeps them running until `signal` aborts, then ends them. Never rejects. */
  run: (signal: AbortSignal) => Promise<void>
}

/** socat for the enclave and vsock-proxy for KMS, with the production command lines. */
export function createRelays (config: ParentConfig, log: Logger, metrics: Metrics): Relays {
  const onRestart = (name: string): void => { metrics.relayRestarted(name) }
  const { executables, relayPort, kmsProxyPort, region, enclave } = config
  const relays = [
    new Relay({
      name: 'socat-0', executable: executables.socat, args: socatArguments(relayPort, enclave.cid), log, onRestart, check: async () => { await checkPortIsFree(relayPort) },
    }),
    new Relay({ name: 'vsock-proxy', executable: executables.vsockProxy, args: vsockProxyArguments(kmsProxyPort, region), log, onRestart }),
  ]
  return {
    statuses: () => relays.map(relay => relay.status),
    run: async signal => { await Promise.all(relays.map(async relay => { await relay.run(signal) })) },
  }
}
