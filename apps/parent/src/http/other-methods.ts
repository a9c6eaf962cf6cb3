import type { HTTPMethods } from 'fastify'

import { RequestProblem } from './problem.ts'
import type { HttpServer } from './context.ts'

const allMethods: readonly HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

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
    for (const [url, known] of methods) {
      const allow = [...known].sort().join(', ')
      app.route({
        method: allMethods.filter(method => !known.has(method)),
        url,
        schema: { hide: true },
        handler: (request, reply) => {
          reply.header('allow', allow)
          throw new RequestProblem('METHOD_NOT_ALLOWED', `${url} takes ${allow}, not ${request.method}`)
        },
      })
    }
  }
}
