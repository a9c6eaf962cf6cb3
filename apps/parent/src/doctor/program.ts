import { execa } from 'execa'

import { failed } from './finding.ts'
import type { Finding } from './finding.ts'

/** A program to ask a harmless question. */
export interface ProgramProbe {
  /** A path, or a name to be found on the PATH of `env`. */
  executable: string
  args: readonly string[]
  env: Readonly<Record<string, string | undefined>>
  signal: AbortSignal
  /** What to do when it is not there. */
  advice: string
}

const detailCharacters = 200

/** What the program printed, or the finding that it cannot be run. */
export async function askProgram (probe: ProgramProbe): Promise<{ stdout: string } | { finding: Finding }> {
  const { executable, args, env, signal, advice } = probe
  const result = await execa(executable, args, {
    env, extendEnv: false, stdin: 'ignore', reject: false, cancelSignal: signal, forceKillAfterDelay: 500,
  })
  if (!result.failed) return { stdout: result.stdout }
  if (result.code === 'ENOENT') return { finding: failed(`${executable} was not found`, advice) }
  if (result.code === 'EACCES') return { finding: failed(`${executable} may not be executed`, 'make it executable for the user of the service') }
  const command = `${executable} ${args[0] ?? ''}`.trim()
  const ending = result.exitCode === undefined ? `was ended by ${result.signal ?? 'an error'}` : `ended with ${result.exitCode}`
  return { finding: failed(`${command} ${ending}${detailOf(result.stderr)}`, `run "${command}" by hand as the user of the service`) }
}

/** The first line of what it complained. */
function detailOf (stderr: string): string {
  const line = stderr.split('\n').map(text => text.trim()).find(text => text !== '')
  return line === undefined ? '' : `: ${line.slice(0, detailCharacters)}`
}
