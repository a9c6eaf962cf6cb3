import { ConfigError } from '../config/config-error.ts'
import { messageOf } from '../errors.ts'
import { failed } from './finding.ts'
import type { Finding } from './finding.ts'

/** The service would refuse to start over files, and would go on with those before when it runs. */
export function refusedFiles (error: unknown): Finding {
  const faults = error instanceof ConfigError ? [...error.faults] : [messageOf(error)]
  return failed(`the service would refuse it: ${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}`, faults.join('\n'), { faults })
}
