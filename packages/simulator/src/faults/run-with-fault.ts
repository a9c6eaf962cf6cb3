import { setTimeout as delay } from 'node:timers/promises'

import { badEnd, complain } from './bad-end.ts'
import type { DockerFault, NitroCliFault } from './fault.ts'

/** A fault of an executable that is asked something, answers and ends. */
export type CommandFault = NitroCliFault | DockerFault

/** A command's own work; answers its exit status. */
export type Work = (print: (text: string) => void) => Promise<number>

/** What a run under a fault is made of. */
export interface FaultyRun {
  readonly fault: CommandFault
  readonly work: Work
  /** Fails in the executable's own words, where the fault asks for that: answers the exit status. */
  readonly fail?: () => number | undefined
}

/** Does a command's work, or what the fault has in its place. Answers the exit status. */
export async function runWithFault ({ fault, work, fail }: FaultyRun): Promise<number> {
  if (fault.delayMs !== undefined) await delay(fault.delayMs)
  if (!fault.afterWork) {
    const status = await endOf(fault, fail)
    if (status !== undefined) return status
  }
  const printed: string[] = []
  const status = await work((text) => { if (keepsOutput(fault)) printed.push(text); else process.stdout.write(text) })
  const badStatus = fault.afterWork ? await endOf(fault, fail) : undefined
  if (badStatus !== undefined) return badStatus
  printSpoiled(printed.join(''), fault)
  return status
}

async function endOf (fault: CommandFault, fail: (() => number | undefined) | undefined): Promise<number | undefined> {
  complain(fault)
  return fail?.() ?? await badEnd(fault)
}

function keepsOutput ({ afterWork, partialJson, wrongStream, noise }: CommandFault): boolean {
  return [afterWork, partialJson, wrongStream, noise].some((effect) => effect !== undefined)
}

function printSpoiled (text: string, { partialJson, wrongStream, noise }: CommandFault): void {
  const part = partialJson ? text.slice(0, text.length >> 1) : text
  const stream = wrongStream ? process.stderr : process.stdout
  stream.write(`${noise?.before ?? ''}${part}${noise?.after ?? ''}`)
}
