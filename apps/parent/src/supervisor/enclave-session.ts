import { randomBytes } from 'node:crypto'

import type { ProtocolClient } from '@enclave-signer/protocol'

import type { EnclaveConsole } from '../console/consoles.ts'
import type { Credentials } from '../ecs/credentials.ts'
import type { MeasuredImage } from '../image/enclave-image.ts'
import type { Logger } from '../logger.ts'
import type { Metrics } from '../metrics/metrics.ts'
import type { EnclaveHost } from './enclave-host.ts'
import type { Lifecycle } from './lifecycle.ts'
import { Session } from './session.ts'
import type { EnclaveVitals } from './status.ts'
import type { VitalWarnings } from './vital-warnings.ts'

/** Which enclave a session is with, and who is told what becomes known in it. */
export interface EnclaveSessionOptions extends Pick<MeasuredImage, 'measurements'> {
  name: string
  enclaveId: string
  debugMode: boolean
  /** PEM. */
  attestationRoot: string
  credentials: Credentials
  vitals: EnclaveVitals
  enclaveConsole: EnclaveConsole
  warnings: VitalWarnings
  lifecycle: Lifecycle
  host: EnclaveHost
  metrics: Metrics
  log: Logger
  now: () => number
}

/** A session that tells status, metrics, console and log of the enclave what it learns. */
export function createEnclaveSession (client: ProtocolClient, options: EnclaveSessionOptions): Session {
  const { name, enclaveId, measurements, debugMode, attestationRoot } = options
  const { credentials, vitals, enclaveConsole, warnings, lifecycle, host, metrics, log, now } = options
  return new Session(client, {
    expectations: { measurements, debugMode, attestationRoot, now, createNonce: () => randomBytes(32) },
    handover: {
      credentials,
      log,
      now,
      onHandedOver: expiresAt => {
        vitals.credentialsHandedOver(expiresAt)
        warnings.credentialsHandedOver(expiresAt, now())
        metrics.credentialsHandedOver(name, expiresAt)
      },
      onFailure: reason => { lifecycle.apply({ type: 'held-up', reason }) },
    },
    ping: {
      answered: (pong, roundTripMs) => {
        vitals.answered(pong, roundTripMs, now())
        enclaveConsole.read(client)
        warnings.answered(pong, now())
        metrics.pinged(name, { ...pong, roundTripMs, clockDifferenceMs: pong.clockMs - now() })
      },
      missed: count => {
        vitals.missed(count)
        metrics.pingMissed(name)
      },
      hangs: () => host.isStopped(enclaveId),
    },
    host: { runState: signal => host.runState(enclaveId, signal), log },
  })
}
