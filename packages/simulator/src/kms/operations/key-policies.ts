import { authorizeKeyUse } from '../key-policy/authorize.ts'
import { KmsError } from '../errors.ts'
import type { Parameters } from '../parameters.ts'
import type { Operation } from '../service.ts'
import { requestedKey } from './key-parameters.ts'
import { readPolicy } from './policy-parameter.ts'

/** PutKeyPolicy: answers when the new policy is on disk; the next request is judged by it. */
export const putKeyPolicy: Operation = async (service, call) => {
  const { request } = call
  checkPolicyName(request)
  request.requiredText('Policy')
  const key = requestedKey(service, request)
  authorizeKeyUse(service, call, { operation: 'PutKeyPolicy', key })
  const policy = readPolicy(service, call, key.arn)
  if (policy !== undefined) await service.keys.replacePolicy(key.keyId, policy)
  return {}
}

/** GetKeyPolicy: the policy's text as it was put. */
export const getKeyPolicy: Operation = (service, call) => {
  checkPolicyName(call.request)
  const key = requestedKey(service, call.request)
  authorizeKeyUse(service, call, { operation: 'GetKeyPolicy', key })
  return { Policy: key.policy, PolicyName: 'default' }
}

// The only name that AWS has.
function checkPolicyName (request: Parameters): void {
  const name = request.text('PolicyName', { minimum: 1, maximum: 128 }) ?? 'default'
  if (name !== 'default') throw new KmsError('NotFoundException', 'No such policy exists')
}
