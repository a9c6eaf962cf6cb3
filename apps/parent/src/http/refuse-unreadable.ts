import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'

import { RequestProblem } from '../problems/request-problem.ts'
import type { HttpServer } from './http-server.ts'

/**
 * Refuses requests whose headers ask to be read in a way that this service does not read: taken all the same, they would be something else
 * to it than to their sender, or to a proxy between. Node refuses some of these itself, without a word to the client; `readableOptions` and
 * `checkExpectation` have it leave them to this.
 */
export function refuseUnreadable (app: HttpServer): void {
  app.server.on('checkExpectation', (request, response) => { app.server.emit('request', request, response) })
  app.addHook('onRequest', ({ raw, headers }, reply, done) => {
    const fault = faultOf(raw, headers)
    if (fault !== undefined) {
      done(new RequestProblem('MALFORMED_REQUEST', fault))
      return
    }
    const bodyFault = raw.method === 'POST' ? bodyFaultOf(headers) : undefined
    // RFC 9110, section 15.5.16: whose coding is not taken is told which are.
    if (bodyFault !== undefined) reply.header('accept-encoding', 'identity')
    done(bodyFault === undefined ? undefined : new RequestProblem('UNSUPPORTED_MEDIA_TYPE', bodyFault))
  })
}

/** For Node's servers: what stands in two headers where one may stand is seen as two, joined by a comma and a space. */
export const readableOptions = { requireHostHeader: false, joinDuplicateHeaders: true } as const

function faultOf ({ httpVersion }: Pick<IncomingMessage, 'httpVersion'>, headers: IncomingHttpHeaders): string | undefined {
  const { host, expect, 'transfer-encoding': transferEncoding } = headers
  if (host === undefined ? httpVersion === '1.1' : host.includes(', ')) return 'the request has no Host header, or more than one'
  if (expect !== undefined && expect.toLowerCase() !== '100-continue') return 'an Expect header can ask for 100-continue only'
  if (transferEncoding !== undefined && transferEncoding.toLowerCase() !== 'chunked') return 'the only Transfer-Encoding is chunked'
  return undefined
}

/** Of a request that may have a body. JSON is UTF-8 (RFC 8259, section 8.1), whatever its media type says. */
function bodyFaultOf ({ 'content-encoding': contentEncoding, 'content-type': contentType }: IncomingHttpHeaders): string | undefined {
  if (contentEncoding !== undefined && contentEncoding.toLowerCase() !== 'identity') return 'the body has a Content-Encoding'
  if (contentType === undefined || contentType === 'application/json') return undefined
  const charset = /;\s*charset\s*=\s*"?([^";]*)/i.exec(contentType)?.[1]
  return charset === undefined || /^utf-?8\s*$/i.test(charset) ? undefined : 'the body is not in UTF-8'
}
