import { Parser, type EventLog, type Result } from 'tap-parser'

/** What tap's record of a run says. `name` of a failure: the test's file and the path of names within it. */
export interface TestRecord {
  /** Whether it goes to its end, which is tap's own count of everything. */
  whole: boolean
  passed: number
  failures: { name: string, details: Record<string, unknown> }[]
  skipped: string[]
}

/**
 * Reads tap's record of a run (TAP version 14): its assertions, and each failure with what tap says of it. A test that failed
 * though nothing in it did - its process ended by a signal, its time over, its plan not kept - is a failure of its own,
 * and one that passed without an assertion counts as one.
 */
export function readRecord (tap: string): TestRecord {
  const record: TestRecord = { whole: /^# \{ total: \d/m.test(tap), passed: 0, failures: [], skipped: [] }
  collect(Parser.parse(tap), [], record)
  return record
}

function collect (events: EventLog, path: readonly string[], record: TestRecord): void {
  let inside: EventLog | undefined
  for (const event of events) {
    if (event[0] === 'child') inside = event[1] as EventLog
    if (event[0] !== 'assert') continue
    add(event[1] as Result, inside, path, record)
    inside = undefined
  }
}

function add (result: Result, inside: EventLog | undefined, path: readonly string[], record: TestRecord): void {
  const names = [...path, result.name]
  const before = { passed: record.passed, failed: record.failures.length }
  if (inside !== undefined) collect(inside, names, record)
  if (typeof result.skip === 'string' || result.skip) record.skipped.push(`${names.join(' > ')}: ${String(result.skip)}`)
  else if (result.ok) record.passed += record.passed === before.passed ? 1 : 0
  else if (record.failures.length === before.failed) record.failures.push({ name: names.join(' > '), details: (result.diag ?? {}) as Record<string, unknown> })
}
