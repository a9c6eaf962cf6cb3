import type { Audit, AuditFacts } from './audit.ts'

/**
 * Does what must be in the audit log, and hands out its result once it is there.
 *
 * @throws ParentError `AUDIT_UNAVAILABLE`; what `work` throws.
 */
export async function audited<T> (audit: Audit, facts: AuditFacts, work: () => Promise<T>): Promise<T> {
  audit.check()
  try {
    const result = await work()
    await audit.done(facts, {})
    return result
  } catch (error) {
    await audit.refused(facts, error)
    throw error
  }
}
