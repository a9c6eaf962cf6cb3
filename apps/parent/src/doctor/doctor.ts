import { ConfigError } from '../config/config-error.ts'
import { createConfig } from '../config/config.ts'
import { readEnvironment } from '../config/environment.ts'
import type { EnvironmentReading } from '../config/environment.ts'
import { checks } from './checks.ts'
import type { CheckResult } from './finding.ts'
import { doctorPaths } from './paths.ts'
import type { DoctorPaths } from './paths.ts'
import { runChecks } from './run-checks.ts'
import { doctorSettings } from './settings.ts'

/** What the doctor is told; every member but the environment has a default. */
export interface DoctorOptions {
  /** The environment the service runs with. */
  env: Readonly<Record<string, string | undefined>>
  /** Default: this host's own. */
  paths?: DoctorPaths
  /** Unix time in milliseconds. */
  now?: () => number
  /** How long one check may take; 10,000. */
  timeoutMs?: number
}

/** Checks the host against the configuration. Changes nothing; never rejects for what it finds. */
export async function examine ({ env, paths = doctorPaths(), now = Date.now, timeoutMs = 10_000 }: DoctorOptions): Promise<CheckResult[]> {
  const reading = readEnvironment(env)
  const context = { env, paths, now, settings: doctorSettings(reading.values), configurationFaults: faultsOf(reading) }
  return await runChecks(checks, context, timeoutMs)
}

function faultsOf (reading: EnvironmentReading): readonly string[] {
  try {
    createConfig(reading)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.faults
    throw error
  }
}
