import type { LogLevel, LogLine } from '@enclave-signer/protocol'

/** A line that an enclave had to say. `enclave` is its name, times are ISO 8601. */
export type ConsoleLine = EnclaveLogLine | EnclaveConsoleLine

/** A line of the enclave's own log, which came over the protocol: its event, level and facts. `at` is the enclave's clock. */
export interface EnclaveLogLine {
  readonly enclave: string
  readonly source: 'log'
  readonly at: string
  readonly level: LogLevel
  readonly event: LogLine['event']
  readonly [fact: string]: string | number
}

/** A line of the console of an enclave in debug mode. `at` is when the parent had it. */
export interface EnclaveConsoleLine {
  readonly enclave: string
  readonly source: 'console'
  readonly at: string
  readonly line: string
}

/** The facts of a line of the enclave's log: everything but its time, level and event. */
export function factsOf (line: LogLine): Record<string, string | number> {
  const { at: _at, level: _level, event: _event, ...facts } = line
  return facts
}

/** A checked line of an enclave's log as it is shown. */
export function toEnclaveLogLine (enclave: string, line: LogLine): EnclaveLogLine {
  return { enclave, source: 'log', at: new Date(line.at).toISOString(), level: line.level, event: line.event, ...factsOf(line) }
}
