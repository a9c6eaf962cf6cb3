/*
 * What crosses between `nitro-cli run-enclave` and the enclave process that it starts: one request, then texts for the user as they come,
 * and one end. (nitro-cli: `EnclaveProcessReply`.)
 */

import type { SimulatorPaths } from '../../state/simulator-directory.ts'
import type { EnclaveRecord } from '../running-enclaves/enclave-record.ts'
import type { RunArguments } from '../commands/run-arguments.ts'

/** What the enclave process is asked to do. It inherits nothing from its parent's environment: what it needs is here. */
export interface BootRequest {
  readonly args: RunArguments
  /** With the name that is not another enclave's. */
  readonly enclaveName: string
  readonly enclaveId: string
  readonly paths: SimulatorPaths
  /** The enclave is to die by itself so many milliseconds after it has booted. */
  readonly crashAfterMs?: number
}

/** What the enclave process says. */
export type BootReply =
  /** A text for stderr. */
  | { readonly kind: 'stderr', readonly text: string }
  /** The enclave runs. */
  | { readonly kind: 'running', readonly record: EnclaveRecord }
  /** It does not; the reason has been said. */
  | { readonly kind: 'failed' }
