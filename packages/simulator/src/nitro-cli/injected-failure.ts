import type { NitroCliFault } from '../faults/fault.ts'
import { exitCodeOf } from './error-codes.ts'
import type { NitroCliErrorCode } from './error-codes.ts'
import { NitroCliFailure, reportFailure } from './failure.ts'

/** Codes with which `run-enclave` ends before it has an enclave process, which so stand alone (src/main.rs, src/enclave_proc_comm.rs). */
const codesBeforeFork: ReadonlySet<NitroCliErrorCode> = new Set([
  'E00', 'E01', 'E02', 'E03', 'E04', 'E05', 'E06', 'E14', 'E17', 'E39', 'E51', 'E52', 'E56', 'E58',
])

/** Codes that come when memory is being allocated or later, of which nitro-cli prints a line first. */
const codesAfterAllocation: ReadonlySet<NitroCliErrorCode> = new Set([
  'E25', 'E27', 'E28', 'E29', 'E30', 'E31', 'E32', 'E33', 'E34', 'E35', 'E36', 'E42',
])

/** What the failure is reported with. */
export interface FailureReport {
  /** As in the err file, such as `Run Enclave`. */
  readonly action: string
  /** The folder of the err files. */
  readonly logs: string
  /** Writes a line to stderr. */
  readonly err: (line: string) => void
}

/** Fails as a fault says, in the real tool's words. Answers the exit status; undefined where the fault names no error. */
export function failAsInjected (fault: NitroCliFault, { action, logs, err }: FailureReport): number | undefined {
  const { at, error, facts = [], reason = 'an injected fault' } = fault
  if (error === undefined) return undefined
  const report = (failure: NitroCliFailure): number => {
    err(reportFailure(failure, action, logs))
    return exitCodeOf(failure.code)
  }
  const failure = new NitroCliFailure(error, reason, { info: facts })
  if (at !== 'nitro-cli run-enclave' || (fault.beforeFork ?? codesBeforeFork.has(error))) return report(failure)
  if (codesAfterAllocation.has(error)) err('Start allocating memory...')
  report(failure)
  err('Failed connections: 1')
  return report(new NitroCliFailure('E39', 'Failed to connect to 1 enclave processes', { within: ['Failed to handle all enclave process replies'] }))
}
