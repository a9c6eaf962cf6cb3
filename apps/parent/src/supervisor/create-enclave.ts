import { randomBytes } from 'node:crypto'
import { join } from 'node:path'

import type { ProtocolClient } from '@enclave-signer/protocol'

import type { ParentConfig } from '../config/config.ts'
import type { Credentials } from '../ecs/credentials.ts'
import { connectToEnclave } from '../enclave-client/connect.ts'
import type { EnclaveLink } from '../enclave-client/enclave-link.ts'
import { createEifCache } from '../image/eif-cache.ts'
import { measureImage, obtainImage } from '../image/enclave-image.ts'
import type { ImageTools, MeasuredImage } from '../image/enclave-image.ts'
import type { Logger } from '../logger.ts'
import type { Metrics } from '../metrics.ts'
import { enclaveNamePrefix } from './leftovers.ts'
import { Lifecycle } from './lifecycle.ts'
import { greet } from './provision.ts'
import { Session } from './session.ts'
import { EnclaveVitals, statusOf } from './status.ts'
import type { EnclaveStatus } from './status.ts'
import { superviseEnclave } from './supervisor.ts'
import type { SupervisorOptions } from './supervisor.ts'

/** What an enclave is put together from. */
export interface EnclaveOptions extends Pick<ImageTools, 'nitroCli' | 'docker' | 'metadata'> {
  config: ParentConfig
  link: EnclaveLink
  credentials: Credentials
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
  /** See {@link superviseEnclave}. */
  run: (signal: AbortSignal, drained: Promise<void>) => Promise<void>
}

/** Puts the parts of one enclave's life together. */
export function createEnclave (options: EnclaveOptions): SupervisedEnclave {
  const { config, metrics, now, onReady } = options
  const { debugMode } = config.enclave
  const name = `${enclaveNamePrefix}0`
  const log = options.log.child({ part: 'supervisor' })
  const vitals = new EnclaveVitals()
  const lifecycle = new Lifecycle({
    name,
    debugMode,
    log,
    metrics,
    now,
    onChange: state => {
      if (!('enclave' in state)) vitals.forget()
      if (state.name === 'ready') onReady()
    },
  })
  const parts: SessionParts = { name, vitals, lifecycle, log }
  return {
    name,
    lifecycle,
    status: () => statusOf({ name, debugMode, vitals, state: lifecycle.state, since: lifecycle.since, restarts: lifecycle.restarts }),
    run: async (signal, drained) => {
      const steps = stepsOf(options, name)
      const create: SupervisorOptions['createSession'] = (client, image) => createSession(options, parts, client, image)
      await superviseEnclave({ ...steps, lifecycle, log, createSession: create }, signal, drained)
    },
  }
}

function stepsOf (options: EnclaveOptions, name: string): Omit<SupervisorOptions, 'lifecycle' | 'log' | 'createSession'> {
  const { config, link, nitroCli, docker, metadata } = options
  const { region, kmsKeyArn, enclave: { cid, cpuCount, memoryMib, debugMode, expectedPcr0 } } = config
  const settings = { region, kmsKeyArn }
  const cache = createEifCache(join(config.dataDir, 'eif'))
  const tools: ImageTools = { nitroCli, docker, metadata, cache, settings, expectedPcr0 }
  return {
    link,
    nitroCli,
    obtainImage: signal => obtainImage(config.image, tools, signal),
    measureImage: (image, signal) => measureImage(image, tools, signal),
    launch: { name, cid, cpuCount, memoryMib, debugMode },
    connect: signal => connectToEnclave(config.relayPort, config.requestDeadlineMs, signal),
    greet: (client, signal) => greet(client, settings, signal),
    bootGraceMs: config.shutdownGraceMs,
  }
}

interface SessionParts {
  name: string
  vitals: EnclaveVitals
  lifecycle: Lifecycle
  log: Logger
}

function createSession (options: EnclaveOptions, parts: SessionParts, client: ProtocolClient, { measurements }: MeasuredImage): Session {
  const { config, attestationRoot, credentials, metrics, now } = options
  const { name, vitals, lifecycle, log } = parts
  return new Session(client, {
    expectations: { measurements, debugMode: config.enclave.debugMode, attestationRoot, now, createNonce: () => randomBytes(32) },
    handover: {
      credentials,
      log,
      now,
      onHandedOver: expiresAt => {
        vitals.credentialsHandedOver(expiresAt)
        metrics.credentialsHandedOver(name, expiresAt)
      },
      onFailure: reason => { lifecycle.apply({ type: 'held-up', reason }) },
    },
    ping: {
      answered: (pong, roundTripMs) => {
        vitals.answered(pong, roundTripMs, now())
        metrics.pinged(name, roundTripMs, pong.keysLoaded)
      },
      missed: count => { vitals.missed(count) },
    },
  })
}
