import type { MessageType, SigningAlgorithm } from '@enclave-signer/protocol'

/** What can be permitted. */
export const actions = ['sign', 'keys:create', 'keys:import', 'keys:read', 'enclave:read', 'enclave:restart', 'metrics:read'] as const

/** See {@link actions}. */
export type Action = (typeof actions)[number]

/** What a request is about, as far as a permission can depend on it. */
export interface ActionFacts {
  readonly keyId?: string
  readonly signingAlgorithm?: SigningAlgorithm
  readonly messageType?: MessageType
}

/** How often something may be done: a token bucket. */
export interface Rate {
  /** Over time; above 0, may be a fraction. */
  readonly requestsPerSecond: number
  /** At once, after a pause; at least 1. */
  readonly burst: number
}

/** Limits of one caller; without `total` he has that of the settings, without `perKey` none. */
export interface CallerRates {
  /** All requests of the caller together. */
  readonly total?: Rate
  /** The caller's requests for one key, each key for itself. */
  readonly perKey?: Rate
}

/** Whoever sent a request. */
export interface Caller {
  /** As the audit log and the metrics name it. */
  readonly name: string
  /**
   * Whether the caller may do this; what is not permitted is denied. A fact that is left out is not known yet: the answer is then
   * whether any value of it would be permitted, so the last word takes all of them.
   */
  permits: (action: Action, facts?: ActionFacts) => boolean
  readonly rates?: CallerRates
}

/** Everybody who reaches the loopback address of a service that has no callers configured. */
export const loopbackCaller: Caller = Object.freeze({ name: 'loopback', permits: () => true })

/** Whoever has shown no credentials: may do nothing. Its requests reach open routes only. */
export const nobody: Caller = Object.freeze({ name: 'nobody', permits: () => false })
