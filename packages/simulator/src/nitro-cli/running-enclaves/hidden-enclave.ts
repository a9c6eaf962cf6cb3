import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import type { SimulatorPaths } from '../../state/simulator-directory.ts'

/** Whether describe-enclaves is made to leave an enclave out though it runs. */
export function isHidden (paths: SimulatorPaths, enclaveId: string): boolean {
  return existsSync(markPath(paths, enclaveId))
}

/** Makes describe-enclaves leave an enclave out, or list it again. */
export function setHidden (paths: SimulatorPaths, enclaveId: string, hidden: boolean): void {
  if (hidden) writeFileSync(markPath(paths, enclaveId), '', { mode: 0o600 })
  else rmSync(markPath(paths, enclaveId), { force: true })
}

function markPath (paths: SimulatorPaths, enclaveId: string): string {
  return join(paths.enclaves, enclaveId, 'hidden')
}
