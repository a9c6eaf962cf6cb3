import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** What a caller's own `x-request-id` may look like; others are not taken, so that a log line holds nothing a caller made up freely. */
const acceptable = /^[\w.:-]{1,128}$/

/** Gives every request an id: the caller's `x-request-id`, or the process's random prefix and a count. */
export function createRequestIds (): (request: Pick<IncomingMessage, 'headers'>) => string {
  const prefix = randomBytes(6).toString('hex')
  let count = 0
  return ({ headers }) => {
    const given = headers['x-request-id']
    return typeof given === 'string' && acceptable.test(given) ? given : `${prefix}-${(++count).toString(36)}`
  }
}
