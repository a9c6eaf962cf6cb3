import type { FastifyRequest, preHandlerHookHandler } from 'fastify'

import { actions } from '../callers/caller.ts'
import type { Action } from '../callers/caller.ts'
import { isKeyAction } from '../callers/permissions.ts'
import type { HttpServer } from './http-server.ts'
import { notPermitted } from '../problems/not-permitted.ts'
import { RequestProblem } from '../problems/request-problem.ts'
import { accessOf } from './route-access.ts'
import type { Access } from './route-access.ts'

/**
 * Lets a request to a route only where its caller may do the route's action: as far as that is known before the body is read, and again
 * with the key it is about. What may be signed is asked for each signature, in `signing/`.
 */
export function authoriseRequests (app: HttpServer): void {
  app.addHook('onRoute', route => {
    const access = route.config?.access ?? accessOf([route.method].flat()[0] ?? '', route.url)
    route.config = { ...route.config, access }
    if (isAction(access) && isKeyAction(access) && access !== 'sign') route.preHandler = [permitKey(access), ...[route.preHandler ?? []].flat()]
  })
  app.addHook('onRequest', (request, _reply, done) => {
    if (request.is404) done()
    else done(routeRefusal(request, request.routeOptions.config.access))
  })
}

function routeRefusal ({ caller }: FastifyRequest, access: Access = 'nobody'): RequestProblem | undefined {
  if (access === 'everybody' || access === 'callers') return undefined
  return isAction(access) ? notPermitted(caller, access) : new RequestProblem('NOT_PERMITTED', 'the route is for nobody')
}

function permitKey (action: Action): preHandlerHookHandler {
  return (request, _reply, done) => {
    const keyId = memberOf(request.params, 'keyId') ?? memberOf(request.body, 'keyId')
    done(keyId === undefined ? undefined : notPermitted(request.caller, action, { keyId }))
  }
}

function memberOf (value: unknown, name: string): string | undefined {
  const member: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
  return typeof member === 'string' ? member : undefined
}

function isAction (access: Access): access is Action {
  return actions.some(action => action === access)
}
