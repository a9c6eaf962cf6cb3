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

/** Whoever sent a request. */
export interface Caller {
  /** As the audit log and the metrics name it. */
  readonly name: string
  /** Whether the caller may do this; what is not permitted is denied. */
  permits: (action: Action, facts?: ActionFacts) => boolean
}

/** Everybody who reaches the loopback address of a service that has no callers configured. */
export const loopbackCaller: Caller = Object.freeze({ name: 'loopback', permits: () => true })
