import type { Rate } from '../callers/caller.ts'

/** What the service bears, for all callers together. */
export interface LimitSettings {
  /** Of each caller whose entry in the callers file names no `total`; undefined: not limited. */
  readonly ratePerCaller: Rate | undefined
  /** Of each key, whoever asks for it; undefined: not limited. */
  readonly ratePerKey: Rate | undefined
  /** Requests being answered, at most; see {@link Gate} for what holds below it. */
  readonly maxRequestsInFlight: number
  /** Connections open at once; one more is closed as it comes. */
  readonly maxConnections: number
  /** Milliseconds a caller may wait for an answer, whatever its `Request-Timeout` says. */
  readonly requestTimeoutMaxMs: number
}

/** Where the environment says nothing. */
export const defaultLimits: LimitSettings = Object.freeze({
  ratePerCaller: undefined,
  ratePerKey: undefined,
  maxRequestsInFlight: 1000,
  maxConnections: 2000,
  requestTimeoutMaxMs: 10_000,
})

/** Milliseconds an enclave gets for what the service itself asks of it; and no caller's request is given up before its own time. */
export function enclaveDeadlineMs ({ requestTimeoutMaxMs }: Pick<LimitSettings, 'requestTimeoutMaxMs'>): number {
  return Math.max(10_000, requestTimeoutMaxMs)
}
