import { join } from 'node:path'

import type { ProtocolClient } from '@enclave-signer/protocol'

import type { ParentConfig } from '../config/config.ts'
import type { Consoles, EnclaveConsole } from '../console/consoles.ts'
import type { Credentials } from '../ecs/credentials.ts'
import { connectToEnclave } from '../enclave-client/connect.ts'
import type { EnclaveLink } from '../enclave-client/enclave-link.ts'
import { messageOf } from '../errors.ts'
import { createEifCache } from '../image/eif-cache.ts'
import { ImageProgress } from '../image/image-progress.ts'
import type { ProgressStatus } from '../image/image-progress.ts'
import { measureImage, obtainImage } from '../image/enclave-image.ts'
import type { ImageTools } from '../image/enclave-image.ts'
import type { Logger } from '../logger.ts'
import type { Metrics } from '../metrics/metrics.ts'
import type { EnclaveRelay } from '../relay/relays.ts'
import { createEnclaveHost } from './enclave-host.ts'
import type { EnclaveHost } from './enclave-host.ts'
import { enclaveNameOf } from './enclave-name.ts'
import { createEnclaveProcessMemory } from './enclave-process.ts'
import { createEnclaveSession } from './enclave-session.ts'
import { judgeFailure } from './failure-verdict.ts'
import { Lifecycle } from './lifecycle.ts'
import { greet } from './provision.ts'
import { EnclaveVitals, statusOf } from './status.ts'
import type { EnclaveStatus } from './status.ts'
import { superviseEnclave } from './supervisor.ts'
import type { SupervisorOptions } from './supervisor.ts'
import { VitalWarnings } from './vital-warnings.ts'

/** What an enclave is put together from. */
export interface EnclaveOptions extends Pick<ImageTools, 'nitroCli' | 'docker' | 'metadata'> {
  config: ParentConfig
  link: EnclaveLink
  relay: EnclaveRelay
  credentials: Credentials
  consoles: Pick<Consoles, 'of'>
  metrics: Metrics
  log: Logger
  /** PEM. */
  attestationRoot: string
  now: () => number
  /** Called each time the enclave becomes ready. */
  onReady: () => void
}

/** One enclave under supervision. */
export interface SupervisedEnclave {
  readonly name: string
  readonly lifecycle: Lifecycle
  status: () => EnclaveStatus
  /** Of an EIF that is or was made in this life of the process. */
  imageProgress: () => ProgressStatus | undefined
  /** See {@link superviseEnclave}. */
  run: (signal: AbortSignal, drained: Promise<void>) => Promise<void>
}

/** Puts the parts of one enclave's life together. */
export function createEnclave (options: EnclaveOptions): SupervisedEnclave {
  const { config, attestationRoot, credentials, metrics, now, onReady } = options
  const { debugMode } = config.enclave
  const name = enclaveNameOf(config.enclave.name, 0)
  const log = options.log.child({ part: 'supervisor' })
  const vitals = new EnclaveVitals()
  const enclaveConsole = options.consoles.of(name)
  const warnings = new VitalWarnings(log)
  const progress = new ImageProgress(log, now)
  const lifecycle = new Lifecycle({
    name,
    debugMode,
    log,
    metrics,
    now,
    onChange: state => {
      enclaveConsole.runs('enclave' in state ? state.enclave.enclaveId : undefined)
      if (!('enclave' in state)) {
        vitals.forget()
        warnings.forget()
      }
      if (state.name === 'ready') onReady()
    },
  })
  const host = hostOf(options, name, log)
  const session = { name, debugMode, attestationRoot, credentials, vitals, enclaveConsole, warnings, lifecycle, host, metrics, log, now }
  return {
    name,
    lifecycle,
    status: () => statusOf({ name, debugMode, vitals, lifecycle }),
    imageProgress: () => progress.status,
    run: async (signal, drained) => {
      const steps = stepsOf(options, progress, enclaveConsole)
      const createSession: SupervisorOptions['createSession'] = (client, { measurements }, { enclaveId }) => {
        return createEnclaveSession(client, { ...session, measurements, enclaveId })
      }
      await superviseEnclave({ ...steps, host, lifecycle, log, createSession }, signal, drained)
    },
  }
}

function hostOf ({ config, nitroCli }: EnclaveOptions, name: string, log: Logger): EnclaveHost {
  const { enclave: { name: parentName, cid, cpuCount, memoryMib, debugMode }, launchLockFile, shutdownGraceMs } = config
  return createEnclaveHost({
    nitroCli,
    parentName,
    launch: { name, cid, cpuCount, memoryMib, debugMode },
    launchLockFile,
    processes: createEnclaveProcessMemory(join(config.dataDir, 'enclaves', `${name}.json`)),
    log,
    bootGraceMs: shutdownGraceMs,
  })
}

function stepsOf (
  options: EnclaveOptions, progress: ImageProgress, enclaveConsole: EnclaveConsole
): Omit<SupervisorOptions, 'host' | 'lifecycle' | 'log' | 'createSession'> {
  const { config, link, relay, nitroCli, docker, metadata } = options
  const { region, kmsKeyArn, kmsProxyPort, enclave: { cpuCount, memoryMib, expectedPcr0, debugMode } } = config
  const settings = { region, kmsKeyArn, kmsProxyPort }
  const cache = createEifCache(join(config.dataDir, 'eif'))
  const tools: ImageTools = { nitroCli, docker, metadata, cache, settings, expectedPcr0, progress }
  return {
    link,
    relay,
    obtainImage: signal => obtainImage(config.image, tools, signal),
    measureImage: (image, signal) => measureImage(image, tools, signal),
    connect: signal => connectThrough(relay, config.requestDeadlineMs, signal),
    greet: (client, deadlineMs, signal) => greet(client, { settings, deadlineMs }, signal),
    judge: (error, eifPath) => judgeFailure(error, { memoryMib, cpuCount, eifPath, debugMode, lastWords: enclaveConsole.lastWords }),
  }
}

async function connectThrough (relay: EnclaveRelay, deadlineMs: number, signal: AbortSignal): Promise<ProtocolClient> {
  try {
    const client = await connectToEnclave(relay.port, deadlineMs, signal)
    relay.checked(undefined)
    return client
  } catch (error) {
    if (!signal.aborted) relay.checked(messageOf(error))
    throw error
  }
}
