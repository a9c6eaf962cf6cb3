import { METHODS } from 'node:http'

import type { FastifyReply, FastifyRequest, HTTPMethods } from 'fastify'

import { RequestProblem } from '../problems/request-problem.ts'
import { accessOf } from './route-access.ts'
import type { HttpServer } from './http-server.ts'

/** Remembers the methods of the routes added from here on; calling what it returns adds the answer 405 for every other method of theirs. */
export function refuseOtherMethods (app: HttpServer): () => void {
  const methods = new Map<string, Set<HTTPMethods>>()
  let closed = false
  app.addHook('onRoute', ({ url, method }) => {
    if (closed) return
    const known = methods.get(url) ?? new Set()
    for (const one of [method].flat()) known.add(one)
    methods.set(url, known)
  })
  return () => {
    closed = true
    knowEveryMethod(app)
    for (const [url, known] of methods) {
      const allow = [...known].sort().join(', ')
      const refuse = (request: FastifyRequest, reply: FastifyReply): never => {
        reply.header('allow', allow)
        throw new RequestProblem('METHOD_NOT_ALLOWED', `${url} takes ${allow}, not ${request.method}`)
      }
      app.route({
        method: (app.supportedMethods as HTTPMethods[]).filter(method => !known.has(method)),
        url,
        schema: { hide: true },
        config: { access: accessOf([...known][0] ?? '', url) === 'everybody' ? 'everybody' : 'callers' },
        // Before a body is asked for: some methods need one.
        onRequest: refuse,
        handler: refuse,
      })
    }
  }
}

/** All that Node's parser knows: one that the framework does not know would be 404 on a route that is there. CONNECT goes to no route. */
function knowEveryMethod (app: HttpServer): void {
  const unknown = METHODS.filter(method => method !== 'CONNECT' && !app.supportedMethods.includes(method))
  for (const method of unknown) app.addHttpMethod(method)
}
