import { loopbackCaller } from './caller.ts'
import type { CallerTable } from './caller-table.ts'
import type { PresentedCredentials, Verdict } from './verdict.ts'

/** Says who sent a request. */
export interface Callers {
  authenticate: (presented: PresentedCredentials) => Verdict | Promise<Verdict>
}

/** Without configured callers: whoever reaches the loopback address. */
export const loopbackCallers: Callers = { authenticate: () => loopbackCaller }

/** Those of the table that is in force when a request comes. */
export function callersIn (table: () => CallerTable): Callers {
  return { authenticate: presented => table().authenticate(presented) }
}
