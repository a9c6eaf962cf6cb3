import type { EnclaveImage, MeasuredImage } from '../image/enclave-image.ts'
import type { LaunchedEnclave } from '../nitro-cli/output.ts'

/** The life of one enclave. Each member holds what is known then and nothing else. */
export type EnclaveState =
  /** Nothing has been done yet. */
  | { readonly name: 'starting' }
  /** The EIF is being found or built. */
  | { readonly name: 'building' }
  /** The EIF is there; its measurements are being read. */
  | { readonly name: 'measuring', readonly image: EnclaveImage }
  /** Leftovers are being ended and the enclave booted. `reason` says what that waits for, such as another parent's boot. */
  | { readonly name: 'launching', readonly image: MeasuredImage, readonly reason: string | undefined }
  /** The enclave runs; its relay does not lead to an answer yet. `reason` says why not, once that has taken an attempt too many. */
  | Running<'connecting'> & { readonly reason: string | undefined }
  /** Protocol version, attestation, credentials. `reason` as above. */
  | Running<'provisioning'> & { readonly reason: string | undefined }
  /** It takes requests. */
  | Running<'ready'>
  /** An attempt failed; the next comes after `delayMs`. The image is known unless it was its making that failed. */
  | { readonly name: 'backing-off', readonly image: MeasuredImage | undefined, readonly code: string, readonly reason: string, readonly delayMs: number }
  /** Retrying cannot help. */
  | { readonly name: 'failed', readonly image: MeasuredImage | undefined, readonly code: string, readonly reason: string }
  /** No new requests; those in flight are finished. */
  | Running<'draining'> & { readonly reason: string }
  /** The enclave is being ended. */
  | { readonly name: 'stopping', readonly reason: string }
  /** The end. */
  | { readonly name: 'stopped', readonly reason: string }

interface Running<Name extends string> {
  readonly name: Name
  readonly image: MeasuredImage
  readonly enclave: LaunchedEnclave
}

/** The names of all states. */
export const enclaveStateNames = [
  'starting', 'building', 'measuring', 'launching', 'connecting', 'provisioning', 'ready',
  'backing-off', 'failed', 'draining', 'stopping', 'stopped',
] as const satisfies readonly EnclaveState['name'][]

/** What can happen to an enclave. */
export type EnclaveEvent =
  | { readonly type: 'begun' }
  | { readonly type: 'image-obtained', readonly image: EnclaveImage }
  | { readonly type: 'image-measured', readonly image: MeasuredImage }
  | { readonly type: 'launched', readonly enclave: LaunchedEnclave }
  | { readonly type: 'connected' }
  | { readonly type: 'provisioned' }
  | { readonly type: 'held-up', readonly reason: string }
  | { readonly type: 'connection-lost', readonly reason: string }
  | { readonly type: 'attempt-failed', readonly code: string, readonly reason: string, readonly delayMs: number }
  | { readonly type: 'delay-over' }
  | { readonly type: 'given-up', readonly code: string, readonly reason: string }
  | { readonly type: 'stop-asked', readonly reason: string }
  | { readonly type: 'drained' }
  | { readonly type: 'ended' }

/**
 * The state after an event. An event that means nothing in a state leaves that very object: what an attempt still reports while the
 * service is stopping changes nothing, and the first reason for stopping stays the recorded one.
 */
export function transition (state: EnclaveState, event: EnclaveEvent): EnclaveState {
  switch (event.type) {
    case 'begun': return state.name === 'starting' ? { name: 'building' } : state
    case 'image-obtained': return state.name === 'building' ? { name: 'measuring', image: event.image } : state
    case 'image-measured': return state.name === 'measuring' ? { name: 'launching', image: event.image, reason: undefined } : state
    case 'launched': return afterLaunch(state, event.enclave)
    case 'connected': return state.name === 'connecting' ? { ...state, name: 'provisioning', reason: undefined } : state
    case 'provisioned': return state.name === 'provisioning' ? { name: 'ready', image: state.image, enclave: state.enclave } : state
    case 'held-up': return afterHoldUp(state, event.reason)
    case 'connection-lost': return afterConnectionLost(state, event.reason)
    case 'attempt-failed': return afterFailure(state, event)
    case 'delay-over': return afterDelay(state)
    case 'given-up': return afterGivingUp(state, event)
    case 'stop-asked': return afterStopAsked(state, event.reason)
    case 'drained': return state.name === 'draining' ? { name: 'stopping', reason: state.reason } : state
    case 'ended': return state.name === 'stopping' ? { name: 'stopped', reason: state.reason } : state
  }
}

/** The image whose measurements are known in a state. */
export function measuredImageOf (state: EnclaveState): MeasuredImage | undefined {
  return 'image' in state && state.image !== undefined && 'measurements' in state.image ? state.image : undefined
}

function afterLaunch (state: EnclaveState, enclave: LaunchedEnclave): EnclaveState {
  return state.name === 'launching' ? { name: 'connecting', image: state.image, enclave, reason: undefined } : state
}

function afterHoldUp (state: EnclaveState, reason: string): EnclaveState {
  if (state.name !== 'launching' && state.name !== 'connecting' && state.name !== 'provisioning') return state
  return state.reason === reason ? state : { ...state, reason }
}

function afterGivingUp (state: EnclaveState, { code, reason }: { code: string, reason: string }): EnclaveState {
  return isEnding(state) ? state : { name: 'failed', image: measuredImageOf(state), code, reason }
}

function afterConnectionLost (state: EnclaveState, reason: string): EnclaveState {
  if (state.name !== 'ready' && state.name !== 'provisioning') return state
  return { name: 'connecting', image: state.image, enclave: state.enclave, reason }
}

function afterFailure (state: EnclaveState, { code, reason, delayMs }: { code: string, reason: string, delayMs: number }): EnclaveState {
  if (isEnding(state) || state.name === 'failed') return state
  return { name: 'backing-off', image: measuredImageOf(state), code, reason, delayMs }
}

function afterDelay (state: EnclaveState): EnclaveState {
  if (state.name !== 'backing-off') return state
  return state.image === undefined ? { name: 'building' } : { name: 'launching', image: state.image, reason: undefined }
}

function afterStopAsked (state: EnclaveState, reason: string): EnclaveState {
  if (isEnding(state)) return state
  return state.name === 'ready' ? { ...state, name: 'draining', reason } : { name: 'stopping', reason }
}

function isEnding (state: EnclaveState): boolean {
  return state.name === 'draining' || state.name === 'stopping' || state.name === 'stopped'
}
