import { messageOf } from '../errors.ts'
import type { Check, DoctorContext } from './check.ts'
import { failed } from './finding.ts'
import type { CheckResult, Finding } from './finding.ts'

/** Runs all checks at once; results come in the order of the checks. One that takes longer than `timeoutMs`, or throws, has failed. */
export async function runChecks (checks: readonly Check[], context: DoctorContext, timeoutMs: number): Promise<CheckResult[]> {
  return await Promise.all(checks.map(async check => ({ check: check.name, ...await runCheck(check, context, timeoutMs) })))
}

async function runCheck (check: Check, context: DoctorContext, timeoutMs: number): Promise<Finding> {
  const ended = new AbortController()
  const timeout = Promise.withResolvers<Finding>()
  const timer = setTimeout(() => {
    timeout.resolve(failed(`no answer within ${timeoutMs / 1000} s`, 'something on this host hangs; try by hand what this check does', { timeoutMs }))
    ended.abort()
  }, timeoutMs)
  try {
    return await Promise.race([guarded(check, context, ended.signal), timeout.promise])
  } finally {
    clearTimeout(timer)
  }
}

/** Settled by itself, so that a check given up on cannot reject unheard later. */
async function guarded (check: Check, context: DoctorContext, signal: AbortSignal): Promise<Finding> {
  try {
    return await check.run(context, signal)
  } catch (error) {
    return failed(`could not be checked: ${messageOf(error)}`, 'look into it by hand')
  }
}
