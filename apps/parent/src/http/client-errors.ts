import { STATUS_CODES } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

import type { FastifyRequest } from 'fastify'

import type { Logger } from '../logger.ts'
import type { HttpMetrics } from '../metrics/http-metrics.ts'
import { problemOf } from '../problems/problem.ts'
import { RequestProblem } from '../problems/request-problem.ts'
import type { ProblemCode } from '../problems/problem-table.ts'
import type { HttpServer } from './http-server.ts'
import type { createRequestIds } from './request-id.ts'

/** What answering past the framework takes. */
export interface ClientErrorParts {
  readonly requestIds: ReturnType<typeof createRequestIds>
  readonly metrics: Pick<HttpMetrics, 'requestAnswered' | 'problemAnswered'>
  readonly log: Logger
}

/** What is known of a request that is answered past the framework. */
interface Answered {
  readonly id: string
  readonly method: string
  /** As the log has it. */
  readonly reason: string
}

interface Begun {
  readonly id: string
  readonly response: ServerResponse
}

/**
 * Answers what the framework has no reply object for: bytes that are no HTTP request, those that come too slowly, tunnels. They are counted
 * and logged as other refusals are, and under the request's own id where its head has been read.
 */
export class ClientErrors {
  readonly #parts: ClientErrorParts
  /** The latest request of each connection, to which an error in a body belongs. Not the framework's own objects: they hold the body. */
  readonly #latest = new WeakMap<object, Begun>()
  readonly #told = new WeakSet<IncomingMessage>()

  constructor (parts: ClientErrorParts) {
    this.#parts = parts
  }

  /** Has the server's requests known from when their heads are read, before any hook that answers, and its tunnels refused. */
  watch (app: HttpServer): void {
    app.server.on('connect', (request, socket) => { this.#refuseTunnel(request, socket) })
    app.addHook('onRequest', ({ id, raw: { socket } }, { raw: response }, done) => {
      this.#latest.set(socket, { id, response })
      done()
    })
  }

  /** Whether the request has had its answer here: to the framework it is one whose client has gone. */
  hasTold ({ raw }: Pick<FastifyRequest, 'raw'>): boolean {
    return this.#told.has(raw)
  }

  /** Answers an error of Node's HTTP parser or of its timeouts. */
  answer (error: NodeJS.ErrnoException, socket: Duplex): void {
    const begun = this.#beingRead(socket)
    // An answer that has begun, or was given before the body came, can have no second one.
    if (socket.destroyed || !socket.writable || error.code === 'ECONNRESET' || begun?.response.headersSent === true) {
      socket.destroy()
      return
    }
    if (begun !== undefined) this.#told.add(begun.response.req)
    const code = error.code === 'HPE_HEADER_OVERFLOW' ? 'HEADERS_TOO_LARGE' : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'REQUEST_TIMEOUT' : 'MALFORMED_REQUEST'
    const { id = this.#parts.requestIds({ headers: {} }), response } = begun ?? {}
    const answered = { id, method: response?.req.method ?? 'unknown', reason: error.code ?? error.message }
    socket.end(this.#textOf(new RequestProblem(code, ''), answered))
  }

  /** Answers `CONNECT`: Node gives its connection away, or closes it where nobody takes it. */
  #refuseTunnel (request: IncomingMessage, socket: Duplex): void {
    // Node listens no more: without this a reset would end the process.
    socket.on('error', () => undefined)
    const answered = { id: this.#parts.requestIds(request), method: 'CONNECT', reason: 'the service is no proxy' }
    socket.end(this.#textOf(new RequestProblem('METHOD_NOT_ALLOWED', answered.reason), answered, ['allow: GET, HEAD, POST']), () => { socket.destroy() })
  }

  #beingRead (socket: Duplex): Begun | undefined {
    const begun = this.#latest.get(socket)
    return begun?.response.req.complete === false ? begun : undefined
  }

  #textOf (error: RequestProblem, { id, method, reason }: Answered, headers: string[] = []): string {
    const { problem } = problemOf(error, { requestId: id })
    this.#record(problem, { id, method, reason })
    const body = JSON.stringify(problem)
    return [
      `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}`,
      'content-type: application/problem+json',
      `content-length: ${Buffer.byteLength(body)}`,
      `x-request-id: ${id}`,
      ...headers,
      'connection: close',
      '',
      body,
    ].join('\r\n')
  }

  #record ({ status, code }: { status: number, code: ProblemCode }, { id: requestId, method, reason }: Answered): void {
    const { metrics, log } = this.#parts
    metrics.requestAnswered(method, 'unmatched', status, 0)
    metrics.problemAnswered('unmatched', code)
    log.debug({ requestId, method, status, code, reason }, 'request refused')
  }
}
