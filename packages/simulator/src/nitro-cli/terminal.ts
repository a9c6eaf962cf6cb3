import type { NitroCliFault } from '../faults/fault.ts'
import type { SimulatorPaths } from '../state/simulator-directory.ts'

/** What a command of nitro-cli works with. */
export interface CommandContext {
  readonly paths: SimulatorPaths
  /** Writes a line to stdout: JSON, and what `console` shows. */
  readonly out: (line: string) => void
  /** Writes a line to stderr. */
  readonly err: (line: string) => void
  /** What this run has to suffer. */
  readonly fault?: NitroCliFault
}
