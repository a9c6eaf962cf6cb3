import type { Call, LogEntry, LogLine } from '@enclave-signer/protocol'

export type { LogEntry, LogLine } from '@enclave-signer/protocol'

/** Takes what is to be said. */
export type Log = (entry: LogEntry) => void

/** The trace that a call belongs to, as a line tells it. */
export function traceOf ({ traceId }: Partial<Pick<Call, 'traceId'>>): { traceId?: string } {
  return traceId === undefined ? {} : { traceId }
}

/** Every member a line can have, in the order of the console. */
const members = Object.keys({
  at: true,
  level: true,
  event: true,
  version: true,
  step: true,
  setting: true,
  fault: true,
  moduleId: true,
  nsmVersion: true,
  pcr0: true,
  mode: true,
  bridge: true,
  exitCode: true,
  signal: true,
  keyId: true,
  traceId: true,
  keySpec: true,
  method: true,
  operation: true,
  code: true,
  suppressed: true,
  count: true,
  expiresAt: true,
  offsetMs: true,
} satisfies Record<keyof LogLine, true>)

/** The console form of a line: JSON with the schema's members in a fixed order, and nothing else that an object may carry. */
export function formatLogLine (line: LogLine): string {
  return JSON.stringify(Object.fromEntries(members.map(name => [name, line[name as keyof LogLine]])))
}

/** Writes a line to the console. */
export function writeToConsole (line: LogLine): void {
  console.log(formatLogLine(line))
}
