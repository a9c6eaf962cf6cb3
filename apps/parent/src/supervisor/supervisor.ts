import type { ProtocolClient } from '@enclave-signer/protocol'

import { backoffMs } from '../backoff.ts'
import type { EnclaveLink } from '../enclave-client/enclave-link.ts'
import type { EnclaveRequests } from '../enclave-client/enclave-requests.ts'
import { isParentError, messageOf, ParentError } from '../errors.ts'
import type { EnclaveImage, MeasuredImage } from '../image/enclave-image.ts'
import type { Logger } from '../logger.ts'
import type { LaunchedEnclave } from '../nitro-cli/output.ts'
import type { EnclaveRelay } from '../relay/relays.ts'
import { aborted, isAborted, wait } from '../wait.ts'
import type { EnclaveHost } from './enclave-host.ts'
import { measuredImageOf } from './enclave-state.ts'
import type { Verdict } from './failure-verdict.ts'
import { gone } from './gone.ts'
import type { Lifecycle } from './lifecycle.ts'
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
  /** Whether it ended because the enclave is no more. */
  readonly enclaveGone: boolean
}

/** What the supervisor works with; each member does one step of an enclave's life. */
export interface SupervisorOptions {
  lifecycle: Lifecycle
  link: EnclaveLink
  host: EnclaveHost
  relay: EnclaveRelay
  log: Logger
  /** Finds or builds the EIF. */
  obtainImage: (signal: AbortSignal) => Promise<EnclaveImage>
  /** Reads and checks its measurements. */
  measureImage: (image: EnclaveImage, signal: AbortSignal) => Promise<MeasuredImage>
  connect: ReconnectOptions['connect']
  greet: ReconnectOptions['greet']
  /** Provisions a connected enclave and watches it. */
  createSession: (client: ProtocolClient, image: MeasuredImage, enclave: LaunchedEnclave) => EnclaveSession
  /** What a failed attempt comes to. `eifPath` is known once there is an EIF. */
  judge: (error: unknown, eifPath: string | undefined) => Promise<Verdict>
}

/** The first retry comes fast: most losses are mended by the next attempt. */
const restartBackoff = { firstMs: 100, maxMs: 60_000 }
const provisionBackoff = { firstMs: 100, maxMs: 5000 }
/**
 * A connection that was ready this long was a good one, and so was its enclave: the next loss is mended as fast as the first. One that
 * keeps dying later than that is started again every few seconds, which its boot sees to.
 */
const goodAfterMs = 1000
/** After so many bad connections in a row, a new enclave is the better way. */
const mostBadConnections = 5

/**
 * Keeps one enclave running until `signal` aborts, then ends it. Never rejects: what cannot be mended is a state.
 *
 * @param drained - settles when the requests in flight at the stop are answered; the enclave is kept that long.
 */
export async function superviseEnclave (options: SupervisorOptions, signal: AbortSignal, drained: Promise<void>): Promise<void> {
  const { lifecycle, host, log } = options
  lifecycle.apply({ type: 'begun' })
  await keepRunning(options, signal, drained)
  lifecycle.apply({ type: 'stop-asked', reason: messageOf(signal.reason) })
  await host.endOwn().catch((error: unknown) => { log.error({ reason: messageOf(error) }, 'enclaves could not be ended') })
  lifecycle.apply({ type: 'ended' })
}

async function keepRunning (options: SupervisorOptions, signal: AbortSignal, drained: Promise<void>): Promise<void> {
  const { lifecycle, host, judge } = options
  let failures = 0
  while (!signal.aborted) {
    try {
      await attempt(options, signal, drained, readyMs => { if (readyMs > goodAfterMs) failures = 0 })
    } catch (error) {
      if (isAborted(signal)) return
      const verdict = await judge(error, measuredImageOf(lifecycle.state)?.eifPath)
      if (verdict.permanent) {
        await giveUp(options, verdict, signal)
        return
      }
      const delayMs = backoffMs(++failures, restartBackoff)
      lifecycle.apply({ type: 'attempt-failed', code: verdict.code, reason: verdict.reason, delayMs })
      if (isParentError(error, 'ENCLAVE_UNRESPONSIVE')) await host.endUnresponsive(error.facts.enclaveId)
      await wait(delayMs, signal).catch(() => undefined)
      lifecycle.apply({ type: 'delay-over' })
    }
  }
}

/** From wherever the last attempt left off to an enclave that serves; returns only when a stop was asked for. */
async function attempt (
  options: SupervisorOptions, signal: AbortSignal, drained: Promise<void>, onServed: (readyMs: number) => void
): Promise<void> {
  const image = await prepare(options, signal)
  const enclave = await launch(options, image, signal)
  let wasReady = false
  for (let bad = 0; !signal.aborted;) {
    const client = await reconnect(options, enclave, wasReady, signal)
    const session = options.createSession(client, image, enclave)
    const readyMs = await serve(options, session, signal, drained)
    if (isAborted(signal)) return
    onServed(readyMs)
    wasReady ||= readyMs > 0
    if (session.enclaveGone) throw gone(enclave.enclaveId, wasReady, session.endReason())
    bad = readyMs > goodAfterMs ? 0 : bad + 1
    if (bad >= mostBadConnections) throw unresponsive(enclave, session)
    if (bad > 0) await wait(backoffMs(bad, provisionBackoff), signal)
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

async function launch (
  { lifecycle, host, relay }: SupervisorOptions, { eifPath }: MeasuredImage, signal: AbortSignal
): Promise<LaunchedEnclave> {
  const enclave = await host.launch(eifPath, reason => { lifecycle.apply({ type: 'held-up', reason }) }, signal)
  relay.follow(enclave.cid)
  lifecycle.apply({ type: 'launched', enclave })
  return enclave
}

/** How long the enclave was ready while the connection lasted, in milliseconds; 0 where it never was. */
async function serve (
  { lifecycle, link }: SupervisorOptions, session: EnclaveSession, signal: AbortSignal, drained: Promise<void>
): Promise<number> {
  using running = session
  lifecycle.apply({ type: 'connected' })
  let readyMs = 0
  if (await running.provision(signal)) {
    link.attach(running.enclave)
    const startedMs = performance.now()
    lifecycle.apply({ type: 'provisioned' })
    await running.ended(signal)
    readyMs = performance.now() - startedMs
  }
  if (signal.aborted) {
    lifecycle.apply({ type: 'stop-asked', reason: messageOf(signal.reason) })
    await drained
    lifecycle.apply({ type: 'drained' })
  }
  link.detach()
  lifecycle.apply({ type: 'connection-lost', reason: running.endReason() })
  return readyMs
}

function unresponsive ({ enclaveId }: LaunchedEnclave, session: EnclaveSession): ParentError {
  return new ParentError('ENCLAVE_UNRESPONSIVE', `no connection to the enclave ${enclaveId} lasts: ${session.endReason()}`, { enclaveId })
}

async function giveUp ({ lifecycle, host, log }: SupervisorOptions, { code, reason }: Verdict, signal: AbortSignal): Promise<void> {
  lifecycle.apply({ type: 'given-up', code, reason })
  await host.endOwn(signal)
    .catch((failure: unknown) => { log.warn({ reason: messageOf(failure) }, 'enclaves could not be ended') })
  await aborted(signal)
}
