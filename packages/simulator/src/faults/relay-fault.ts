import { setTimeout as delay } from 'node:timers/promises'

import { badEnd, complain } from './bad-end.ts'
import { takeFault } from './fault-file.ts'
import type { RelayFault } from './fault.ts'

/**
 * What a relay does before it works: suffers its fault, if it has one, which may end the process or let it hang; or sees to it that the
 * process dies later.
 *
 * @returns whether the process will die by itself.
 */
export async function sufferRelayFault (directory: string | undefined, relay: RelayFault['at']): Promise<boolean> {
  const fault = directory === undefined ? undefined : takeFault(directory, relay)
  if (fault === undefined) return false
  if (fault.delayMs !== undefined) await delay(fault.delayMs)
  if (fault.crashAfterMs !== undefined) {
    setTimeout(() => { crash(fault) }, fault.crashAfterMs)
    return true
  }
  complain(fault)
  const status = await badEnd(fault)
  if (status !== undefined) process.exit(status)
  return false
}

function crash (fault: RelayFault): void {
  complain(fault)
  process.exit(fault.exitCode ?? 1)
}
