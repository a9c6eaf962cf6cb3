import { matchesArn, matchesWildcard } from './wildcard.ts'

type Comparison = (policyValue: string, requestValue: string) => boolean

interface Operator {
  readonly compare: Comparison
  /** A negated operator holds where no value of the policy compares equal, and so also where the request has no such key. */
  readonly isNegated: boolean
}

const equal: Comparison = (policyValue, requestValue) => policyValue === requestValue
const equalIgnoringCase: Comparison = (policyValue, requestValue) => policyValue.toLowerCase() === requestValue.toLowerCase()

/** The condition operators that this KMS models (IAM User Guide, "Condition operators"); Null stands apart, it asks only for presence. */
export const operators: ReadonlyMap<string, Operator> = new Map([
  ['StringEquals', { compare: equal, isNegated: false }],
  ['StringNotEquals', { compare: equal, isNegated: true }],
  ['StringEqualsIgnoreCase', { compare: equalIgnoringCase, isNegated: false }],
  ['StringNotEqualsIgnoreCase', { compare: equalIgnoringCase, isNegated: true }],
  ['StringLike', { compare: matchesWildcard, isNegated: false }],
  ['StringNotLike', { compare: matchesWildcard, isNegated: true }],
  ['Bool', { compare: equalIgnoringCase, isNegated: false }],
  ['ArnEquals', { compare: matchesArn, isNegated: false }],
  ['ArnNotEquals', { compare: matchesArn, isNegated: true }],
  ['ArnLike', { compare: matchesArn, isNegated: false }],
  ['ArnNotLike', { compare: matchesArn, isNegated: true }],
])

export type { Operator }
