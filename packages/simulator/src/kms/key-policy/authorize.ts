import type { EncryptionContext } from '../encryption/encryption-context.ts'
import { KmsError } from '../errors.ts'
import { conditionContextOf } from './condition-context.ts'
import { parsePolicy } from './document.ts'
import { evaluatePolicy } from './evaluate.ts'
import type { KmsKey } from '../key-store/key-store.ts'
import type { Recipient } from '../recipient/recipient.ts'
import type { Call, KmsService } from '../service.ts'

/** What an operation wants to do with a key. */
export interface KeyUse {
  /** The operation's name, such as `Decrypt`. */
  readonly operation: string
  readonly key: KmsKey
  /** For the cryptographic operations. */
  readonly encryptionContext?: EncryptionContext
  readonly recipient?: Recipient | undefined
}

/**
 * Asks the key's policy, and answers DryRun where the request is one.
 *
 * @throws KmsError AccessDeniedException in AWS's wording, which tells an explicit deny from a missing allow and nothing more;
 * DryRunOperationException where a request with `DryRun` would have succeeded
 */
export function authorizeKeyUse ({ region }: KmsService, { caller, request }: Call, use: KeyUse): void {
  const { operation, key, encryptionContext, recipient } = use
  const action = `kms:${operation}`
  const context = conditionContextOf({ caller, region, ...(encryptionContext && { encryptionContext }), pcrs: recipient?.pcrs })
  const verdict = evaluatePolicy(parsePolicy(key.policy), { caller, action, keyArn: key.arn, context })
  if (verdict !== 'allowed') {
    const reason = verdict === 'explicitly-denied'
      ? 'with an explicit deny in a resource-based policy'
      : `because no resource-based policy allows the ${action} action`
    throw new KmsError('AccessDeniedException', `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${key.arn} ${reason}`)
  }
  if (request.flag('DryRun')) {
    throw new KmsError('DryRunOperationException', 'The request would have succeeded, but the DryRun option is set.')
  }
}

/**
 * For operations without a key: IAM decides in AWS. IAM policies are not modelled, so every principal of the account may.
 *
 * @throws KmsError AccessDeniedException for principals of other accounts
 */
export function authorizeByAccount ({ accountId }: KmsService, { caller }: Call, operation: string): void {
  if (caller.accountId === accountId) return
  const action = `kms:${operation}`
  throw new KmsError('AccessDeniedException',
    `User: ${caller.arn} is not authorized to perform: ${action} because no identity-based policy allows the ${action} action`)
}
