import type { FastifyRequest, FastifySchemaValidationError } from 'fastify'
import type { Static } from 'typebox'

import { inTurns } from '../limits/in-turns.ts'
import type { SignAnswer } from '../signing/sign-order.ts'
import type { RouteContext } from './context.ts'
import { fieldProblem } from './field-problem.ts'
import { orderOf } from './order-of.ts'
import type { Problem } from '../problems/problem.ts'
import type { signRequest } from './schemas/sign.ts'

/** The answer to one item of a batch. */
export type BatchResult =
  | { status: 200 } & SignAnswer
  | { status: number, retryAfter?: number, problem: Problem }

/** As many places a batch takes among the requests in flight: a hundred would be a crowd. */
export const batchParallel = 25

/** Fastify's compiled schema: whether the input is valid, its defaults filled in, and what is wrong with it. */
type Validate = ((input: unknown) => boolean) & { errors?: FastifySchemaValidationError[] | null }

/**
 * Signs the items of a batch side by side, {@link batchParallel} at a time, each for itself. They are handed over in their order, so that
 * the guard of a key takes their sequences in that order.
 */
export async function signAll (
  request: FastifyRequest,
  items: readonly unknown[],
  validate: Validate,
  { signing, tellProblem }: Pick<RouteContext, 'signing' | 'tellProblem'>
): Promise<BatchResult[]> {
  const refusalOf = (error: unknown): BatchResult => {
    const { problem, retryAfter } = tellProblem(error, request)
    return { status: problem.status, ...retryAfter !== undefined && { retryAfter }, problem }
  }
  const sign = async (item: Static<typeof signRequest>): Promise<BatchResult> => {
    try {
      return { status: 200, ...await signing.sign(orderOf(request, item)) }
    } catch (error) {
      return refusalOf(error)
    }
  }
  return await inTurns(items, batchParallel, async item => {
    if (validate(item)) return await sign(item as Static<typeof signRequest>)
    return refusalOf(fieldProblem({ validation: validate.errors ?? [], validationContext: 'item' }))
  })
}
