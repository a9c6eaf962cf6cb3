import type { ProtocolClient } from '@enclave-signer/protocol'

import { backoffMs } from '../backoff.ts'
import type { EnclaveLink } from '../enclave-client/enclave-link.ts'
import type { EnclaveRequests } from '../enclave-client/enclave-requests.ts'
import { messageOf } from '../errors.ts'
import type { EnclaveImage, MeasuredImage } from '../image/enclave-image.ts'
import type { Logger } from '../logger.ts'
import type { LaunchOptions } from '../nitro-cli/arguments.ts'
import type { NitroCli } from '../nitro-cli/nitro-cli.ts'
import type { LaunchedEnclave } from '../nitro-cli/output.ts'
import { aborted, delayedSignal, isAborted, wait } from '../wait.ts'
import { terminateOurEnclaves } from './leftovers.ts'
import type { Lifecycle } from './lifecycle.ts'
import { codeOf, isPermanent } from './permanent-failure.ts'
import { reconnect } from './reconnect.ts'
import type { ReconnectOptions } from './reconnect.ts'

/** One connection to the enclave; the supervisor disposes of it. */
export interface EnclaveSession extends Disposable {
  /** Where requests go once it is provisioned. */
  readonly enclave: EnclaveRequests
  /** Makes the enclave ready; false when the connection or `signal` ended first. */
  provision: (signal: AbortSignal) => Promise<boolean>
  /** Settles when the connection has ended or `signal` aborts. */
  ended: (signal: AbortSignal) => Promise<void>
  /** Why the connection ended. */
  endReason: () => string
}

/** What the supervisor works with; each member does one step of an enclave's life. */
export interface SupervisorOptions {
  lifecycle: Lifecycle
  link: EnclaveLink
  nitroCli: NitroCli
  log: Logger
  /** Finds or builds the EIF. */
  obtainImage: (signal: AbortSignal) => Promise<EnclaveImage>
  /** Reads and checks its measurements. */
  measureImage: (image: EnclaveImage, signal: AbortSignal) => Promise<MeasuredImage>
  launch: Omit<LaunchOptions, 'eifPath'>
  connect: ReconnectOptions['connect']
  greet: ReconnectOptions['greet']
  /** Provisions a connected enclave and watches it. */
  createSession: (client: ProtocolClient, image: MeasuredImage) => EnclaveSession
  /** How long a boot under way may go on after a stop was asked for, in milliseconds. */
  bootGraceMs: number
}

const restartBackoff = { firstMs: 500, maxMs: 60_000 }
const provisionBackoff = { firstMs: 100, maxMs: 5000 }

/**
 * Keeps one enclave running until `signal` aborts, then ends it. Never rejects: what cannot be mended is a state.
 *
 * @param drained - settles when the requests in flight at the stop are answered; the enclave is kept that long.
 */
export async function superviseEnclave (options: SupervisorOptions, signal: AbortSignal, drained: Promise<void>): Promise<void> {
  const { lifecycle, nitroCli, log } = options
  lifecycle.apply({ type: 'begun' })
  await keepRunning(options, signal, drained)
  lifecycle.apply({ type: 'stop-asked', reason: messageOf(signal.reason) })
  await terminateOurEnclaves(nitroCli).catch((error: unknown) => { log.error({ reason: messageOf(error) }, 'enclaves could not be ended') })
  lifecycle.apply({ type: 'ended' })
}

async function keepRunning (options: SupervisorOptions, signal: AbortSignal, drained: Promise<void>): Promise<void> {
  const { lifecycle } = options
  let failures = 0
  while (!signal.aborted) {
    try {
      await attempt(options, signal, drained, () => { failures = 0 })
    } catch (error) {
      if (isAborted(signal)) return
      if (isPermanent(error)) {
        await giveUp(options, error, signal)
        return
      }
      const delayMs = backoffMs(++failures, restartBackoff)
      lifecycle.apply({ type: 'attempt-failed', reason: messageOf(error), delayMs })
      await wait(delayMs, signal).catch(() => undefined)
      lifecycle.apply({ type: 'delay-over' })
    }
  }
}

/** From wherever the last attempt left off to an enclave that serves; returns only when a stop was asked for. */
async function attempt (options: SupervisorOptions, signal: AbortSignal, drained: Promise<void>, onReady: () => void): Promise<void> {
  const image = await prepare(options, signal)
  const enclave = await launch(options, image, signal)
  for (let failures = 0; !signal.aborted;) {
    const client = await reconnect(options, enclave, signal)
    const wasReady = await serve(options, options.createSession(client, image), signal, drained)
    failures = wasReady ? 0 : failures + 1
    if (wasReady) onReady()
    else await wait(backoffMs(failures, provisionBackoff), signal)
  }
}

async function prepare ({ lifecycle, obtainImage, measureImage }: SupervisorOptions, signal: AbortSignal): Promise<MeasuredImage> {
  const { state } = lifecycle
  if (state.name === 'launching') return state.image
  const image = await obtainImage(signal)
  lifecycle.apply({ type: 'image-obtained', image })
  const measured = await measureImage(image, signal)
  lifecycle.apply({ type: 'image-measured', image: measured })
  return measured
}

async function launch (options: SupervisorOptions, { eifPath }: MeasuredImage, signal: AbortSignal): Promise<LaunchedEnclave> {
  const { lifecycle, nitroCli, log, bootGraceMs } = options
  const ended = await terminateOurEnclaves(nitroCli, signal)
  if (ended.length > 0) log.warn({ enclaveIds: ended }, 'leftover enclaves were ended')
  // A boot that is cut short leaves an enclave process that describe-enclaves may not list yet.
  const enclave = await nitroCli.runEnclave({ ...options.launch, eifPath }, delayedSignal(signal, bootGraceMs))
  lifecycle.apply({ type: 'launched', enclave })
  return enclave
}

/** Whether the enclave was ready while the connection lasted. */
async function serve (
  { lifecycle, link }: SupervisorOptions, session: EnclaveSession, signal: AbortSignal, drained: Promise<void>
): Promise<boolean> {
  using running = session
  lifecycle.apply({ type: 'connected' })
  const provisioned = await running.provision(signal)
  if (provisioned) {
    link.attach(running.enclave)
    lifecycle.apply({ type: 'provisioned' })
    await running.ended(signal)
  }
  if (signal.aborted) {
    lifecycle.apply({ type: 'stop-asked', reason: messageOf(signal.reason) })
    await drained
    lifecycle.apply({ type: 'drained' })
  }
  link.detach()
  lifecycle.apply({ type: 'connection-lost', reason: running.endReason() })
  return provisioned
}

async function giveUp ({ lifecycle, nitroCli, log }: SupervisorOptions, error: unknown, signal: AbortSignal): Promise<void> {
  lifecycle.apply({ type: 'given-up', code: codeOf(error), reason: messageOf(error) })
  await terminateOurEnclaves(nitroCli, signal)
    .catch((failure: unknown) => { log.warn({ reason: messageOf(failure) }, 'enclaves could not be ended') })
  await aborted(signal)
}
