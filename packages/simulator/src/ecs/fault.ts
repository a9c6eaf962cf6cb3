import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'

import type { EcsFault } from '../faults/fault.ts'

/** Which kind of request a path is. */
export function faultPointOf (path: string): EcsFault['at'] {
  return path.startsWith('/v2/credentials') ? 'ecs credentials' : 'ecs metadata'
}

/** Does to a request what the fault says. Answers whether that was all; otherwise the request is to be answered as ever. */
export async function sufferEcsFault (fault: EcsFault, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
  const { delayMs, reset, hang, status, body } = fault
  if (delayMs !== undefined) await delay(delayMs, undefined, { ref: false })
  if (reset) request.socket.resetAndDestroy()
  if (reset || hang) return true
  if (status === undefined && body === undefined) return false
  response.writeHead(status ?? 200, { 'content-type': 'application/json' }).end(body ?? '')
  return true
}
