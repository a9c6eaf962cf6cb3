import type { KeySpec, MessageType, SignatureFormat, SigningAlgorithm } from '@enclave-signer/protocol'

import type { Action } from '../callers/caller.ts'

/** How much an answer waits for: nothing is recorded; the line is with the system; the line is on the disk. */
export const auditModes = ['off', 'on', 'strict'] as const

/** See {@link auditModes}. */
export type AuditMode = (typeof auditModes)[number]

/** What is recorded. */
export type AuditAction = Action | 'attest'

/** Who wanted what: what is known of it before it is done. */
export interface AuditFacts {
  readonly requestId: string
  /** The caller's name; null where nobody has shown who he is. */
  readonly caller: string | null
  /** Null for a request that was refused before it was known what it is about. */
  readonly action: AuditAction | null
  /** Method and pattern, where there is no action. */
  readonly route?: string | undefined
  /** Where the request came from, where there is no caller. */
  readonly address?: string | undefined
  readonly keyId?: string | undefined
  readonly keySpec?: KeySpec | undefined
  readonly signingAlgorithm?: SigningAlgorithm | undefined
  readonly messageType?: MessageType | undefined
  /** How an ECDSA signature is written. */
  readonly signatureFormat?: SignatureFormat | undefined
  /** Base64; recorded as its hash. */
  readonly message?: string | undefined
  /** The watermark that the signature was asked for under. */
  readonly sequence?: number | undefined
  /** False where no enclave has been asked: then nothing can have come of it. */
  readonly enclaveAsked?: boolean
}

/** What came of it. */
export interface AuditResult {
  /** Base64; recorded as its hash. */
  readonly signature?: string
  /** SubjectPublicKeyInfo, base64 DER; recorded as its hash. */
  readonly publicKey?: string
}

/** How recording goes, for those who look at the service. */
export interface AuditStatus {
  mode: AuditMode
  state: 'recording' | 'unavailable'
  /** Why nothing can be recorded: the system's code. */
  reason: string | null
  /** The latest line's number; 0 before the first. */
  entry: number
  /** Its hash, which every later line rests on: 64 lower-case hexadecimal digits. */
  hash: string
}

/** The record of who had what done. */
export interface Audit {
  /** @throws ParentError `AUDIT_UNAVAILABLE` where nothing can be recorded now: asked before anything is done that must be. */
  check: () => void
  /**
   * Records what was done. Until this settles it must have no effect outside.
   *
   * @throws ParentError `AUDIT_UNAVAILABLE`: it must have none at all.
   */
  done: (facts: AuditFacts, result: AuditResult) => Promise<void>
  /** Records that it was not done; many alike by their number. One error may end many requests: each has its line. Never throws. */
  refused: (facts: AuditFacts, error: unknown) => Promise<void>
  /** Records that a request was turned away, unless its error was recorded by {@link Audit.refused} on the way. Never throws. */
  turnedAway: (facts: AuditFacts, error: unknown) => Promise<void>
  status: () => AuditStatus
}

/** Records nothing. */
export const noAudit: Audit = {
  check: () => undefined,
  done: () => Promise.resolve(),
  refused: () => Promise.resolve(),
  turnedAway: () => Promise.resolve(),
  status: () => ({ mode: 'off', state: 'recording', reason: null, entry: 0, hash: '0'.repeat(64) }),
}
