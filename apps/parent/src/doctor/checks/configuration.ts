import type { Check } from '../check.ts'
import { failed, ok } from '../finding.ts'

/** The environment variables, as the service reads them when it starts. Faults name variables, never values. */
export const configurationCheck: Check = {
  name: 'configuration',
  run: ({ configurationFaults: faults }) => faults.length === 0
    ? ok('the service would accept it', { faults: [] })
    : failed(`the service would refuse it: ${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}`, faults.join('\n'), { faults: [...faults] }),
}
