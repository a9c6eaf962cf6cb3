import { createHash } from 'node:crypto'
import type { Hash } from 'node:crypto'

import type { FastifyReply, FastifyRequest, onSendHookHandler, preHandlerHookHandler, preParsingHookHandler } from 'fastify'

import { idempotencyKeyOf } from './idempotency-key.ts'
import type { Metrics } from '../metrics/metrics.ts'
import type { AnswerMemory, RememberedAnswer, RememberedRequest } from './answer-memory.ts'

/** What a route needs to answer a repeat with its first answer; for `app.post(path, { ...hooks }, …)`. */
export interface IdempotentRouteHooks {
  preParsing: preParsingHookHandler
  preHandler: preHandlerHookHandler
  onSend: onSendHookHandler
}

/** What a request under an idempotency key carries along. */
export interface IdempotentRequest {
  /** Of the body as it came. */
  readonly bodyHash: Hash
  /** Once it is the first of its key. */
  first?: RememberedRequest
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Null without an `Idempotency-Key`. */
    idempotent: IdempotentRequest | null
  }
}

/** What the hooks need. */
export interface IdempotentRouteParts {
  answerMemory: AnswerMemory
  metrics: Pick<Metrics, 'idempotentRequest'>
}

/** Why a repeat may not have the first answer: permissions change. Those that the route has before this are asked anyway. */
export type RefuseReplay = (request: FastifyRequest, answer: RememberedAnswer) => Error | undefined

/**
 * The three moments of a request under an idempotency key: its body's bytes are hashed as they come; a repeat is answered before the
 * handler; the answer of a first request is remembered as it leaves. What the schema refuses never counts as a first request.
 */
export function idempotentRoute (
  { answerMemory, metrics }: IdempotentRouteParts, refuseReplay: RefuseReplay = () => undefined
): IdempotentRouteHooks {
  const begin = (wanted: RememberedRequest, request: FastifyRequest): RememberedAnswer | undefined => {
    try {
      const answer = answerMemory.begin(wanted)
      const refusal = answer === undefined ? undefined : refuseReplay(request, answer)
      if (refusal !== undefined) throw refusal
      metrics.idempotentRequest(answer === undefined ? 'first' : 'replayed')
      return answer
    } catch (error) {
      metrics.idempotentRequest('refused')
      throw error
    }
  }
  return {
    preParsing: (request, _reply, payload, done) => {
      if (request.headers['idempotency-key'] !== undefined) {
        const bodyHash = createHash('sha256')
        payload.on('data', (chunk: Buffer | string) => { bodyHash.update(chunk) })
        request.idempotent = { bodyHash }
      }
      done(null, payload)
    },
    preHandler: (request, reply, done) => {
      const { idempotent, headers: { 'idempotency-key': header } } = request
      if (idempotent === null || typeof header !== 'string') {
        done()
        return
      }
      const wanted: RememberedRequest = {
        // Neither a pattern of ours nor a header can hold a NUL.
        scope: [request.routeOptions.url, idempotencyKeyOf(header), request.caller.name].join('\0'),
        fingerprint: idempotent.bodyHash.digest('base64'),
      }
      const answer = begin(wanted, request)
      if (answer === undefined) {
        idempotent.first = wanted
        done()
      } else {
        replay(reply, answer)
      }
    },
    onSend: (request, reply, payload, done) => {
      const first = request.idempotent?.first
      if (first !== undefined) answerMemory.settle(first, typeof payload === 'string' ? answerToRemember(reply.statusCode, payload, reply.getHeaders()) : undefined)
      done(null, payload)
    },
  }
}

function replay (reply: FastifyReply, { status, contentType, location, body }: RememberedAnswer): void {
  reply.code(status).header('idempotent-replayed', 'true').type(contentType)
  if (location !== undefined) reply.header('location', location)
  reply.send(body)
}

/** Answers to who asks, how often or how fast say nothing final of the operation; neither do those of 5xx. */
const passing = new Set([401, 403, 408, 429])

function answerToRemember (status: number, body: string, headers: Record<string, unknown>): RememberedAnswer | undefined {
  if (status >= 500 || passing.has(status)) return undefined
  const { 'content-type': contentType, location } = headers
  return { status, body, contentType: String(contentType), location: typeof location === 'string' ? location : undefined }
}
