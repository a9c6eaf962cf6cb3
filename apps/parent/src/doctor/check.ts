import type { CheckName, Finding } from './finding.ts'
import type { DoctorPaths } from './paths.ts'
import type { DoctorSettings } from './settings.ts'

/** What every check is given. */
export interface DoctorContext {
  /** The service's environment; programs are started with it. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly settings: DoctorSettings
  /** What the service would refuse to start over; one sentence each. */
  readonly configurationFaults: readonly string[]
  readonly paths: DoctorPaths
  /** Unix time in milliseconds. */
  readonly now: () => number
}

/** One thing that must be right. It needs no other check, changes nothing on the host, and ends when `signal` aborts. */
export interface Check {
  readonly name: CheckName
  readonly run: (context: DoctorContext, signal: AbortSignal) => Promise<Finding> | Finding
}
