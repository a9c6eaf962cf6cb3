import { renameSync, writeFileSync } from 'node:fs'

/** Writes shell assignments with which an ordinary AWS client talks to the simulated KMS; they hold credentials, so mode 0600. */
export function writeSimulatorEnvironment (file: string, environment: Readonly<Record<string, string>>): void {
  const lines = Object.entries(environment).map(([name, value]) => `${name}='${value.replaceAll("'", "'\\''")}'\n`)
  writeFileSync(`${file}.partial`, lines.join(''), { mode: 0o600 })
  renameSync(`${file}.partial`, file)
}
