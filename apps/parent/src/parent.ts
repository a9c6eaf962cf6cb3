import { join } from 'node:path'

import { fingerprintOf } from '@enclave-signer/attestation'

import { openAccess } from './access.ts'
import { readAttestationRoot } from './attestation-root.ts'
import type { ParentConfig } from './config/config.ts'
import { createConsoles } from './console/consoles.ts'
import { createDocker } from './docker/docker.ts'
import type { Docker } from './docker/docker.ts'
import { createCredentials } from './ecs/credentials.ts'
import type { Credentials } from './ecs/credentials.ts'
import { createEcsMetadata } from './ecs/metadata.ts'
import type { EcsMetadata } from './ecs/metadata.ts'
import { EnclaveLink } from './enclave-client/enclave-link.ts'
import { createHttpServer } from './http/server.ts'
import type { HttpServer } from './http/http-server.ts'
import { createOpsServer } from './http/ops-server.ts'
import type { ServiceStatus } from './http/schemas/status.ts'
import { serviceStatusOf } from './http/service-status.ts'
import { KeyStore } from './key-store/key-store.ts'
import { createLogger } from './logger.ts'
import type { Logger } from './logger.ts'
import { createMetrics } from './metrics/metrics.ts'
import { createNitroCli } from './nitro-cli/nitro-cli.ts'
import type { NitroCli } from './nitro-cli/nitro-cli.ts'
import { openRecords } from './records.ts'
import { createRelays } from './relay/relays.ts'
import { live } from './service-life.ts'
import { createEnclave } from './supervisor/create-enclave.ts'
import type { SupervisedEnclave } from './supervisor/create-enclave.ts'
import { startOpenTelemetry } from './tracing/open-telemetry.ts'

/** What tests put in the place of the outside world. */
export interface ParentOverrides {
  /** Aborting it stops the service in order; its reason is the one recorded. */
  signal?: AbortSignal
  log?: Logger
  nitroCli?: NitroCli
  docker?: Docker
  metadata?: EcsMetadata
  credentials?: Credentials
  /** Unix time in milliseconds. */
  now?: () => number
}

/** A running service. */
export interface Parent extends AsyncDisposable {
  /** Where the API listens, such as `http://127.0.0.1:8080`. */
  readonly address: string
  /** Where metrics and probes have a listener of their own. */
  readonly opsAddress: string | undefined
  /** Settles when the service has stopped. */
  readonly closed: Promise<void>
  /** Reads callers and TLS files again, now; those that are not as they should be are refused. Never rejects. */
  reload: () => Promise<void>
  /** Stops it in order: no new requests, those in flight are answered, the enclave is ended, then the relays. */
  close: (reason?: string) => Promise<void>
}

/**
 * Starts the service; resolves when its API listens. The enclave comes up after that; `/readyz` says when.
 *
 * @throws ConfigError for an ATTESTATION_ROOT_FILE that is no certificate, and for callers and TLS files that cannot be used; Error when
 * the API cannot listen or DATA_DIR cannot be used.
 */
export async function createParent (config: ParentConfig, overrides: ParentOverrides = {}): Promise<Parent> {
  const stopping = new AbortController()
  const signal = overrides.signal === undefined ? stopping.signal : AbortSignal.any([overrides.signal, stopping.signal])
  const { log = createLogger(config.logLevel), now = Date.now } = overrides
  const metrics = createMetrics()
  const access = await openAccess(config, { metrics, log, now, onCallersChanged: () => { consoles.streams.endAll() } })
  const attestationRoot = await readAttestationRoot(config.attestationRootFile)
  await using started = new AsyncDisposableStack()
  const records = started.use(await openRecords({ config, metrics, log, now }))
  const keys = await KeyStore.open(join(config.dataDir, 'keys'), log)
  metrics.keysStored(keys.records().length, keys.unreadable().length)

  const consoles = createConsoles({ log, now, debugMode: config.enclave.debugMode, nitroCli: config.executables.nitroCli })
  const relays = createRelays(config, log, metrics)
  const link = new EnclaveLink(() => enclave.lifecycle.state.name)
  const enclave: SupervisedEnclave = createEnclave({
    ...toolsOf(config, overrides),
    config,
    consoles,
    link,
    relay: relays.enclaveRelay,
    metrics,
    log,
    now,
    attestationRoot,
    onReady: () => { log.info({ address, enclave: enclave.name }, 'ready') },
  })
  const attestationRootSha256 = fingerprintOf(attestationRoot)
  const tracing = config.tracing === undefined ? undefined : await startOpenTelemetry(config.tracing.serviceName, log)
  const status = (): ServiceStatus => {
    const { state } = enclave.lifecycle
    return serviceStatusOf({
      enclave: enclave.status(),
      state,
      relays: relays.statuses(),
      progress: enclave.imageProgress(),
      files: access.statuses(),
      audit: records.audit.status(),
      attestationRootSha256,
    })
  }
  const http = await createHttpServer({
    keys,
    enclave: link,
    consoleStreams: consoles.streams,
    metrics,
    audit: records.audit,
    watermarks: records.watermarks,
    tracing,
    log,
    limits: config.limits,
    idempotencyWindowMs: config.idempotencyWindowMs,
    now,
    callers: access.callers,
    tls: access.tls,
    status,
  })
  const ops = config.ops === undefined ? undefined : await createOpsServer({ status, metrics, log })
  const opsAddress = await ops?.listen({ ...config.ops })
  const address = await listen(http, config, ops)
  log.info({ address, opsAddress, keys: keys.records().length }, 'listening')
  started.move()
  const closed = live({ config, access, enclave, relays, http, records, ops, tracing, log, signal })

  const close = async (reason = 'close was called'): Promise<void> => {
    stopping.abort(new Error(reason))
    await closed
  }
  return { address, opsAddress, closed, reload: access.reload, close, [Symbol.asyncDispose]: async () => { await close() } }
}

/** Listens, or closes the listener that was opened before. */
async function listen (http: HttpServer, { host, port, tls }: ParentConfig, ops: HttpServer | undefined): Promise<string> {
  try {
    const address = await http.listen({ host, port })
    return tls === undefined ? address : address.replace(/^http:/, 'https:')
  } catch (error) {
    await ops?.close()
    throw error
  }
}

type Tools = Pick<Required<ParentOverrides>, 'nitroCli' | 'docker' | 'metadata' | 'credentials'>

function toolsOf ({ executables, image, credentials }: ParentConfig, overrides: ParentOverrides): Tools {
  return {
    nitroCli: overrides.nitroCli ?? createNitroCli(executables.nitroCli),
    docker: overrides.docker ?? createDocker(executables.docker),
    metadata: overrides.metadata ?? createEcsMetadata(image.from === 'ecs' ? image.metadataUris : []),
    credentials: overrides.credentials ?? createCredentials(credentials),
  }
}
