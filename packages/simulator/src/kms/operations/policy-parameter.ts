import { KmsError } from '../errors.ts'
import { conditionContextOf } from '../key-policy/condition-context.ts'
import { maximumPolicyBytes, parsePolicy } from '../key-policy/document.ts'
import { evaluatePolicy } from '../key-policy/evaluate.ts'
import type { Call, KmsService } from '../service.ts'

/**
 * Reads and checks the Policy of a request. As in AWS, a policy under which the caller could not put the next one is refused unless
 * BypassPolicyLockoutSafetyCheck is true.
 *
 * @param keyArn - the key it is for
 * @throws KmsError MalformedPolicyDocumentException, LimitExceededException
 */
export function readPolicy ({ region }: KmsService, { caller, request }: Call, keyArn: string): string | undefined {
  const policy = request.text('Policy', { minimum: 1, maximum: 131_072 })
  if (policy === undefined) return undefined
  if (Buffer.byteLength(policy) > maximumPolicyBytes) {
    throw new KmsError('LimitExceededException', `The key policy is longer than ${maximumPolicyBytes} bytes`)
  }
  const statements = parsePolicy(policy)
  const next = { caller, action: 'kms:PutKeyPolicy', keyArn, context: conditionContextOf({ caller, region }) }
  if (!request.flag('BypassPolicyLockoutSafetyCheck') && evaluatePolicy(statements, next) !== 'allowed') {
    throw new KmsError('MalformedPolicyDocumentException',
      'The new key policy will not allow you to update the key policy in the future.')
  }
  return policy
}
