import { loopbackCaller } from './caller.ts'
import type { CallerTable } from './caller-table.ts'
import { isMeantForThisHost } from './local-requests.ts'
import type { PresentedCredentials, Verdict } from './verdict.ts'

/** Says who sent a request. */
export interface Callers {
  authenticate: (presented: PresentedCredentials) => Verdict | Promise<Verdict>
}

/** Without configured callers: whoever reaches the loopback address, but for pages that a browser there shows. */
export const loopbackCallers: Callers = {
  authenticate: presented => isMeantForThisHost(presented) ? loopbackCaller : { refused: 'foreign', credential: 'none' },
}

/** Those of the table that is in force when a request comes. */
export function callersIn (table: () => CallerTable): Callers {
  return { authenticate: presented => table().authenticate(presented) }
}
