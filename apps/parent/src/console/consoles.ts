import type { EnclaveRequests } from '../enclave-client/enclave-requests.ts'
import { messageOf } from '../errors.ts'
import type { Logger } from '../logger.ts'
import type { ConsoleLine } from './console-line.ts'
import { followConsole } from './debug-console.ts'
import { EnclaveLog } from './enclave-log.ts'
import { KeptLines } from './kept-lines.ts'
import { LastWords } from './last-words.ts'
import { LineStreams } from './line-streams.ts'

/** What the consoles are made from. */
export interface ConsolesOptions {
  readonly log: Logger
  /** Unix time in milliseconds. */
  readonly now: () => number
  /** Whether enclaves run in debug mode: only then have they a console. */
  readonly debugMode: boolean
  /** nitro-cli: a path, or a name to be found on PATH. */
  readonly nitroCli: string
}

/** What one enclave, under its name, has to say, in whatever enclave it lives. */
export interface EnclaveConsole {
  /** The enclave that runs now by nitro-cli's id; undefined when none does. */
  runs: (enclaveId: string | undefined) => void
  /** What the latest enclave said last on its console; undefined where it has none, or said nothing. */
  readonly lastWords: string | undefined
  /** Reads on in its log, unless that is under way. */
  read: (enclave: EnclaveRequests) => void
}

/** What all enclaves have to say. */
export interface Consoles {
  of: (enclave: string) => EnclaveConsole
  readonly streams: LineStreams
}

/** Lines of all enclaves together; at 2 KB a line at most, some megabytes. */
const keptLines = 1000

/** Numbers go on from the time of the start, so that those of an earlier life of this parent are always older. */
const idsPerMs = 100

/** Puts together what reads, keeps and shows the lines of the enclaves. */
export function createConsoles ({ log: serviceLog, now, debugMode, nitroCli }: ConsolesOptions): Consoles {
  const log = serviceLog.child({ part: 'enclave' })
  const lines = new KeptLines({ capacity: keptLines, lastId: now() * idsPerMs })
  return {
    streams: new LineStreams(lines),
    of: enclave => {
      const lastWords = new LastWords()
      const add = (line: ConsoleLine): void => {
        lines.add(line)
        lastWords.hear(line)
      }
      const options = { enclave, log, add, now, executable: nitroCli }
      const enclaveLog = new EnclaveLog(options)
      const failed = (error: unknown): void => { log.error({ enclave, reason: messageOf(error) }, 'lines of the enclave are lost') }
      return {
        runs: onChange((id, signal) => {
          enclaveLog.forget()
          if (id !== undefined) lastWords.forget()
          if (debugMode && id !== undefined) followConsole(options, id, signal).catch(failed)
        }),
        get lastWords () {
          return lastWords.text
        },
        read: requests => { enclaveLog.read(requests).catch(failed) },
      }
    },
  }
}

/** Calls `begin` when the value is another one; its signal aborts with the next change. */
function onChange<T> (begin: (value: T | undefined, signal: AbortSignal) => void): (value: T | undefined) => void {
  let current: T | undefined
  let over = new AbortController()
  return value => {
    if (value === current) return
    over.abort()
    over = new AbortController()
    current = value
    begin(value, over.signal)
  }
}
