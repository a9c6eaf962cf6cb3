import type { FastifyRequest } from 'fastify'
import type { Static } from 'typebox'

import type { SignOrder } from '../signing/sign-order.ts'
import type { signRequest } from './schemas/sign.ts'

/** The order in the body of `POST /sign`, or in one item of `POST /sign/batch`: both are this, so that both can do the same. */
export function orderOf ({ caller, id: requestId, trace, deadline }: Pick<FastifyRequest, 'caller' | 'id' | 'trace' | 'deadline'>, asked: Static<typeof signRequest>): SignOrder {
  const { keyId, message, messageType, signatureFormat, signingAlgorithm, sequence } = asked
  return { caller, requestId, trace, deadline, keyId, message, messageType, signingAlgorithm, signatureFormat, sequence }
}
