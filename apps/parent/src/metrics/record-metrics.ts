import type { AuditMetrics } from '../audit/audit-log.ts'
import type { AuditOutcome } from '../audit/request-line.ts'
import type { ParentErrorCode } from '../errors.ts'
import type { WatermarkMetrics } from '../watermark/watermarks.ts'
import type { MetricMaker } from './metric-maker.ts'

const auditOutcomes = ['ok', 'refused', 'unknown'] as const satisfies readonly AuditOutcome[]
const journals = ['audit', 'watermarks'] as const
/** Of the guard. */
const refusalCodes = ['SEQUENCE_NOT_ABOVE', 'SEQUENCE_REQUIRED', 'WATERMARK_UNREADABLE', 'WATERMARK_UNAVAILABLE'] as const satisfies readonly ParentErrorCode[]

/** What the audit log and the guard against signing twice report. */
export type RecordMetrics = AuditMetrics & WatermarkMetrics

export function recordMetrics (make: MetricMaker): RecordMetrics {
  const records = make.counter('audit_records_total', 'Requests in the audit log by outcome: ok, refused or unknown', ['outcome'])
  const summarised = make.counter('audit_summarised_refusals_total', 'Refusals that are in the audit log by their number only')
  const available = make.gauge('audit_available', '1 while the audit log can be written; 0 while requests are refused because it cannot')
  const unsynced = make.gauge('audit_unsynced_bytes', 'Bytes of the audit log that are not known to be on the disk')
  const syncs = make.histogram('journal_sync_duration_seconds', 'Time until lines are on the disk', ['journal'])
  const failures = make.counter('journal_failures_total', 'Writes and syncs that failed', ['journal'])
  const refusals = make.counter('watermark_refusals_total', 'Signing requests that the guard against signing twice refused, by code', ['code'])
  for (const outcome of auditOutcomes) records.inc({ outcome }, 0)
  for (const journal of journals) failures.inc({ journal }, 0)
  for (const code of refusalCodes) refusals.inc({ code }, 0)
  return {
    auditRecorded: outcome => { records.inc({ outcome }) },
    auditSummarised: count => { summarised.inc(count) },
    auditAvailable: isAvailable => { available.set(isAvailable ? 1 : 0) },
    auditUnsynced: bytes => { unsynced.set(bytes) },
    journalSynced: (journal, seconds) => { syncs.observe({ journal }, seconds) },
    journalFailed: journal => { failures.inc({ journal }) },
    watermarkRefused: code => { refusals.inc({ code }) },
  }
}
