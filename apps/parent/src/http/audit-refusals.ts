import { actions } from '../callers/caller.ts'
import type { Action, Caller } from '../callers/caller.ts'
import { nobody } from '../callers/caller.ts'
import type { Audit } from '../audit/audit.ts'
import type { HttpServer } from './http-server.ts'
import { problemTable } from '../problems/problem-table.ts'
import { codeOf } from '../problems/problem.ts'
import type { Access } from './route-access.ts'

/** Not known, not permitted, limited: what tells of somebody who tries what he may not. */
const recorded = new Set([401, 403, 429])

/** Records requests that are turned away before they are anybody's work; what reaches a signature or a key is recorded there. */
export function auditRefusals (app: HttpServer, audit: Audit): void {
  app.addHook('onError', async ({ id: requestId, caller, method, ip, routeOptions: { url, config } }, _reply, error) => {
    if (!recorded.has(problemTable[codeOf(error)].status)) return
    const known = isKnown(caller)
    await audit.turnedAway({
      requestId, caller: known ? caller.name : null, action: actionOf(config.access), route: `${method} ${url ?? ''}`, address: known ? undefined : ip,
    }, error)
  })
}

/** An error before authentication finds no caller, whatever the type says of later ones. */
function isKnown (caller: Caller | undefined): boolean {
  return caller !== undefined && caller !== nobody
}

function actionOf (access: Access | undefined): Action | null {
  return actions.find(action => action === access) ?? null
}
