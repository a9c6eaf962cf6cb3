import { setTimeout as delay } from 'node:timers/promises'

import type { NitroCliFault, RelayFault } from './fault.ts'

/** The part of an executable's fault that ends it. */
export type BadEnd = Pick<NitroCliFault | RelayFault, 'stderr' | 'exitCode' | 'hang'>

/** Signals that a process which hangs hard does not hear. */
const deafTo = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const

/** A day: longer than any test. */
const longMs = 24 * 60 * 60 * 1000

/** Prints what the fault has for stderr. */
export function complain ({ stderr }: BadEnd): void {
  if (stderr !== undefined && stderr !== '') process.stderr.write(stderr.endsWith('\n') ? stderr : `${stderr}\n`)
}

/** The exit status that the fault ends a process with; undefined when the process is to work. Where it hangs this never resolves. */
export async function badEnd ({ hang, exitCode }: BadEnd): Promise<number | undefined> {
  if (hang === 'ignoring-signals') for (const signal of deafTo) process.on(signal, () => undefined)
  if (hang !== undefined) for (;;) await delay(longMs)
  return exitCode
}
