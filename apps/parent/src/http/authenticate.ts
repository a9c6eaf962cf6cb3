import { TLSSocket } from 'node:tls'

import type { FastifyReply, FastifyRequest } from 'fastify'

import { nobody } from '../callers/caller.ts'
import { isRefusal } from '../callers/verdict.ts'
import type { PresentedCredentials, Refusal, RefusalReason, Verdict } from '../callers/verdict.ts'
import type { HttpContext } from './context.ts'
import type { HttpServer } from './http-server.ts'
import { RequestProblem } from '../problems/request-problem.ts'
import type { ProblemCode } from '../problems/problem-table.ts'
import { foreignRequest } from './foreign-request.ts'
import { RefusalLog } from './refusal-log.ts'

/**
 * Finds out who sent a request, before its body is read, and turns away whom nobody knows: also from routes that are not there, so that
 * nobody learns which are.
 */
export function authenticateRequests (app: HttpServer, { callers, tls, metrics, log, now }: HttpContext): void {
  app.decorateRequest('caller')
  const refusals = new RefusalLog(log, now)
  const presentedBy = ({ headers, raw: { socket } }: FastifyRequest): PresentedCredentials => ({
    authorization: headers.authorization,
    host: headers.host,
    origin: headers.origin,
    certificate: () => socket instanceof TLSSocket ? tls?.clientCertificateOf(socket, now()) : undefined,
  })
  const settle = (verdict: Verdict, request: FastifyRequest, reply: FastifyReply): RequestProblem | undefined => {
    if (isRefusal(verdict)) {
      metrics.callerRefused(verdict.credential, verdict.refused)
      refusals.add({ ...verdict, requestId: request.id, remoteAddress: request.ip })
      return refuse(verdict, reply)
    }
    request.caller = verdict
    return undefined
  }
  app.addHook('onRequest', (request, reply, done) => {
    request.caller = nobody
    if (request.routeOptions.config.access === 'everybody') {
      done()
      return
    }
    const verdict = callers.authenticate(presentedBy(request))
    if (verdict instanceof Promise) verdict.then(known => { done(settle(known, request, reply)) }, done)
    else done(settle(verdict, request, reply))
  })
}

/** How much of the reason is told: what somebody with good credentials needs in order to get new ones, and nothing to others. */
const codes: Readonly<Record<RefusalReason, ProblemCode>> = {
  missing: 'CALLER_UNKNOWN',
  foreign: 'NOT_PERMITTED',
  malformed: 'CALLER_UNKNOWN',
  unknown: 'CALLER_UNKNOWN',
  ambiguous: 'CALLER_UNKNOWN',
  untrusted: 'CALLER_UNKNOWN',
  'not-yet-valid': 'CALLER_UNKNOWN',
  expired: 'CALLER_CREDENTIALS_EXPIRED',
  used: 'CALLER_CREDENTIALS_EXPIRED',
  'issuer-unavailable': 'ISSUER_UNAVAILABLE',
  overloaded: 'OVERLOADED',
}

function refuse ({ refused, credential }: Refusal, reply: FastifyReply): RequestProblem {
  const code = codes[refused]
  // A certificate is that of the connection: the client can show a better one, or be judged by today's authorities, over a new one only.
  if (credential === 'certificate') reply.header('connection', 'close')
  if (code === 'CALLER_UNKNOWN' || code === 'CALLER_CREDENTIALS_EXPIRED') {
    // RFC 6750, section 3: the error is told only where there was a token.
    const error = credential === 'token' || credential === 'jwt' ? ', error="invalid_token"' : ''
    reply.header('www-authenticate', `Bearer realm="enclave-signer"${error}`)
  }
  return refused === 'foreign' ? foreignRequest() : new RequestProblem(code, '')
}
