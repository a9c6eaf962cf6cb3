import type { Rate } from '../callers/caller.ts'
import type { BucketLevel } from './token-buckets.ts'

/** What is limited: all requests of a caller, those of a caller for one key, those for one key whoever asks. */
export const ratePolicies = ['caller', 'caller-key', 'key'] as const

/** See {@link ratePolicies}. */
export type RatePolicy = (typeof ratePolicies)[number]

/** A rate and what is left of it. */
export interface PolicyLevel extends BucketLevel {
  readonly policy: RatePolicy
  readonly rate: Rate
}
