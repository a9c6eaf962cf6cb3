import type { Principal } from '../principal.ts'
import { type ConditionContext, holds } from './conditions.ts'
import type { Statement } from './document.ts'
import { matchesPrincipal } from './principals.ts'
import { matchesWildcard } from './wildcard.ts'

/** One request as a key policy judges it. */
export interface PolicyRequest {
  readonly caller: Principal
  /** Such as `kms:Decrypt`. */
  readonly action: string
  readonly keyArn: string
  readonly context: ConditionContext
}

/** A key policy's judgement; only the first lets the request through. */
export type Verdict = 'allowed' | 'explicitly-denied' | 'not-allowed'

/** Judges a request: any Deny that applies wins, then any Allow that applies; otherwise it is not allowed. */
export function evaluatePolicy (statements: readonly Statement[], request: PolicyRequest): Verdict {
  const effects = statements.filter(statement => applies(statement, request)).map(statement => statement.effect)
  if (effects.includes('Deny')) return 'explicitly-denied'
  return effects.includes('Allow') ? 'allowed' : 'not-allowed'
}

function applies (statement: Statement, { caller, action, keyArn, context }: PolicyRequest): boolean {
  return statement.principals.some(pattern => matchesPrincipal(pattern, caller)) &&
    includesAction(statement, action) &&
    statement.resources.some(pattern => matchesWildcard(pattern, keyArn)) &&
    statement.conditions.every(condition => holds(condition, context))
}

// Names of actions have no case.
function includesAction ({ actions }: Statement, action: string): boolean {
  const isListed = actions.patterns.some(pattern => matchesWildcard(pattern.toLowerCase(), action.toLowerCase()))
  return isListed !== actions.isNegated
}
