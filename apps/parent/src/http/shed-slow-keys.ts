import { keyIdPattern } from '@enclave-signer/protocol'
import type { preValidationHookHandler } from 'fastify'

import { stackless } from '../limits/stackless.ts'
import { RequestProblem } from '../problems/request-problem.ts'
import type { RouteContext } from './context.ts'
import { answerOverloaded, givePlaceBack } from './shed-requests.ts'

/**
 * Refuses a signature with a slow key that too much is asked of, as soon as the body has said which key it is: a crowd's refusals must
 * not take the time of the requests that are served. Who may not sign with the key is told that instead, by the route.
 */
export function shedSlowKeys ({ slowKeys, requests, refusals, audit }: Pick<RouteContext, 'slowKeys' | 'requests' | 'refusals' | 'audit'>): preValidationHookHandler {
  return (request, reply, done) => {
    const { id: requestId, caller, body } = request
    const keyId = keyIdOf(body)
    if (keyId === undefined || !caller.permits('sign', { keyId }) || !slowKeys.refuses(keyId)) {
      done()
      return
    }
    reply.hijack()
    givePlaceBack(request, requests)
    const error = stackless(() => new RequestProblem('OVERLOADED', ''))
    const answer = (): void => { refusals.hold(() => { answerOverloaded(reply.raw, requestId) }) }
    audit.refused({ requestId, caller: caller.name, action: 'sign', keyId }, error).then(answer, answer)
  }
}

/** The schema has not been asked yet: what is no key id must not get any further, however long it is. */
function keyIdOf (body: unknown): string | undefined {
  const keyId = typeof body === 'object' && body !== null && 'keyId' in body ? body.keyId : undefined
  return typeof keyId === 'string' && keyIdPattern.test(keyId) ? keyId : undefined
}
