import type { MessageType } from '@enclave-signer/protocol'
import type { FastifyRequest } from 'fastify'

import type { RememberedAnswer } from '../idempotency/answer-memory.ts'
import { notPermitted } from '../problems/not-permitted.ts'
import type { RequestProblem } from '../problems/request-problem.ts'
import type { SignAnswer } from '../signing/sign-order.ts'

interface Asked {
  messageType?: MessageType
}

/**
 * A repeat of `POST /sign` or `POST /sign/batch` hands out signatures, so it is for who may still have every one of them made. What was
 * refused the first time is told again as it was.
 */
export function refuseReplay ({ caller, body }: Pick<FastifyRequest, 'caller' | 'body'>, { status, body: answer }: RememberedAnswer): RequestProblem | undefined {
  if (status !== 200) return undefined
  const asked = body as Asked | { items: Asked[] }
  const given = JSON.parse(answer) as SignAnswer | { results: Partial<SignAnswer>[] }
  const items = 'items' in asked ? asked.items : [asked]
  const results = 'results' in given ? given.results : [given]
  for (const [index, { keyId, signingAlgorithm, signature }] of results.entries()) {
    if (signature === undefined || keyId === undefined || signingAlgorithm === undefined) continue
    const problem = notPermitted(caller, 'sign', { keyId, signingAlgorithm, messageType: items[index]?.messageType ?? 'RAW' })
    if (problem !== undefined) return problem
  }
  return undefined
}
