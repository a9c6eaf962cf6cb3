import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'

import { execa } from 'execa'

import { endWith } from './ending.ts'
import type { EndingSignals } from './ending.ts'
import { relayVariable } from './relay-processes.ts'

/** A program to run once. */
export interface RelayProgram {
  executable: string
  args: readonly string[]
  /** Put into its environment; see {@link relayVariable}. */
  mark: string
  onStarted: (pid: number) => void
  /** Gets each line of its output. */
  onLine: (line: string) => void
}

/** What a program that has ended still has in its pipes arrives by then. */
const lastWordsMs = 100

/** Runs it to its end; how it ended, in a few words. Rejects where it could not be started. */
export async function runRelayProgram (program: RelayProgram, signals: EndingSignals): Promise<string> {
  const { executable, args, mark, onStarted, onLine } = program
  const child = execa(executable, args, {
    stdin: 'ignore',
    all: true,
    buffer: false,
    reject: false,
    // A group of its own: Ctrl-C at a terminal is for the parent, which lets requests in flight end first.
    detached: true,
    env: { [relayVariable]: mark },
  })
  const { pid } = child
  if (pid === undefined) throw new Error((await child).shortMessage ?? `${executable} could not be started`)
  using ending = new DisposableStack()
  ending.use(endWith(pid, signals))
  onStarted(pid)
  const output = forEachLine(child.iterable({ from: 'all' }), onLine)
  // Not the end of its output: socat's forks hold that open after socat is gone.
  const [exitCode, killedBy] = await once(child.nodeChildProcess, 'exit') as [number | null, string | null]
  if (!signals.atOnce.aborted) await Promise.race([output, sleep(lastWordsMs)])
  return `ended with ${exitCode ?? killedBy ?? 'no status'}`
}

/** Never rejects: a program's end is seen by its exit. */
async function forEachLine (lines: AsyncIterable<string>, onLine: (line: string) => void): Promise<void> {
  try {
    for await (const line of lines) onLine(line.slice(0, 300))
  } catch {
    // See above.
  }
}
