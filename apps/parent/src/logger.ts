import { pino } from 'pino'
import type { DestinationStream, Logger } from 'pino'

export type { Logger }

/** Names of members that are never logged, wherever in a logged object's first three levels they stand. */
const secretNames = [
  'secretAccessKey', 'sessionToken', 'accessKeyId', 'authorization', 'ciphertextBlob', 'plaintext', 'privateKey',
]

/** The service's log: one JSON line an event, on standard output unless told otherwise. */
export function createLogger (level: string, destination?: DestinationStream): Logger {
  return pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: label => ({ level: label }) },
    redact: { paths: secretNames.flatMap(name => [name, `*.${name}`, `*.*.${name}`]), censor: '[secret]' },
  }, destination ?? pino.destination({ dest: 1, sync: true }))
}
