import type { Action, ActionFacts, Caller } from '../callers/caller.ts'
import { RequestProblem } from './request-problem.ts'

/** The problem of a caller who may not do this; undefined where he may. */
export function notPermitted (caller: Caller, action: Action, facts: ActionFacts = {}): RequestProblem | undefined {
  if (caller.permits(action, facts)) return undefined
  const about = [facts.keyId, facts.signingAlgorithm, facts.messageType].filter(fact => fact !== undefined)
  return new RequestProblem('NOT_PERMITTED', `the caller ${caller.name} may not ${action}${about.length === 0 ? '' : ` ${about.join(', ')}`}`)
}
