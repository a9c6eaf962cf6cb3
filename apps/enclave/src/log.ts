/** Everything the enclave ever says on its console: a closed set of events. */
export type LogEvent =
  | 'enclave.listening'
  | 'enclave.failed'
  | 'connection.opened'
  | 'connection.closed'
  | 'connection.dropped'
  | 'credentials.set'
  | 'key.loaded'
  | 'key.generated'
  | 'key.erased'
  | 'request.failed'

/** One line of the console. Names, codes and sizes only: the parent's root reads every line. */
export interface LogLine {
  readonly level: 'info' | 'warn' | 'error'
  readonly event: LogEvent
  readonly keyId?: string
  readonly keySpec?: string
  readonly code?: string
  readonly method?: string
  readonly count?: number
  /** What is wrong with the settings, which are measured and no secret. */
  readonly faults?: readonly string[]
}

/** Takes a line. */
export type Log = (line: LogLine) => void

/** The console form of a line: JSON with the schema's members in a fixed order, and nothing else that an object may carry. */
export function formatLogLine ({ level, event, keyId, keySpec, code, method, count, faults }: LogLine): string {
  return JSON.stringify({ level, event, keyId, keySpec, code, method, count, faults })
}
