import { Deadline } from '../limits/deadline.ts'
import { enclaveDeadlineMs } from '../limits/limit-settings.ts'
import type { LimitSettings } from '../limits/limit-settings.ts'
import { parseRequestTimeout } from '../limits/request-timeout.ts'
import type { HttpServer } from './http-server.ts'

/** Gives every request its deadline: what its `Request-Timeout` asks for, or the most there is. */
export function giveDeadlines (app: HttpServer, { requestTimeoutMaxMs }: Pick<LimitSettings, 'requestTimeoutMaxMs'>): void {
  const watchedBelowMs = enclaveDeadlineMs({ requestTimeoutMaxMs })
  app.decorateRequest('deadline', null as unknown as Deadline)
  app.addHook('onRequest', (request, reply, done) => {
    const timeoutMs = parseRequestTimeout(request.headers['request-timeout'], requestTimeoutMaxMs) ?? requestTimeoutMaxMs
    request.deadline = new Deadline({ timeoutMs, watched: timeoutMs < watchedBelowMs, response: reply.raw })
    done()
  })
}

declare module 'fastify' {
  interface FastifyRequest {
    /** When the answer is due. */
    deadline: Deadline
  }
}
