import type { LogEntry, LogLine } from '@enclave-signer/protocol'

export type { LogEntry, LogLine } from '@enclave-signer/protocol'

/** Takes what is to be said. */
export type Log = (entry: LogEntry) => void

/** The last words of a program that cannot run. Only the console has them: there is no connection to read them over. */
export interface LastWords {
  readonly level: 'error'
  readonly event: 'enclave.failed'
  readonly code: string
  /** What is wrong with the settings, which are measured and no secret. */
  readonly faults?: readonly string[]
}

/** Every member a line can have, in the order of the console. */
const members = [
  'at', 'level', 'event', 'version', 'keyId', 'keySpec', 'method', 'operation', 'code', 'suppressed', 'count', 'expiresAt', 'offsetMs', 'faults',
]

/** The console form of a line: JSON with the schema's members in a fixed order, and nothing else that an object may carry. */
export function formatLogLine (line: LogLine | LastWords): string {
  return JSON.stringify(Object.fromEntries(members.map(name => [name, line[name as keyof typeof line]])))
}
