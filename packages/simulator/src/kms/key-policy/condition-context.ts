import type { EncryptionContext } from '../encryption/encryption-context.ts'
import type { Principal } from '../principal.ts'
import type { ConditionContext } from './conditions.ts'

/** What a request has that a key policy's conditions may look at. */
export interface RequestFacts {
  readonly caller: Principal
  readonly region: string
  /** Present for the cryptographic operations. */
  readonly encryptionContext?: EncryptionContext
  /** The PCRs of the verified attestation document, where the request has a Recipient. */
  readonly pcrs?: ReadonlyMap<number, Uint8Array> | undefined
}

/** The condition keys of one request, named in lower case. */
export function conditionContextOf ({ caller, region, encryptionContext, pcrs }: RequestFacts): ConditionContext {
  const context = new Map<string, string[]>()
  const add = (key: string, value: string) => {
    context.set(key.toLowerCase(), [...context.get(key.toLowerCase()) ?? [], value])
  }
  add('aws:PrincipalAccount', caller.accountId)
  add('aws:PrincipalArn', caller.principalArn)
  add('aws:RequestedRegion', region)
  add('aws:SecureTransport', 'true')
  add('kms:CallerAccount', caller.accountId)
  add('kms:KeyOrigin', 'AWS_KMS')
  add('kms:KeySpec', 'SYMMETRIC_DEFAULT')
  add('kms:KeyUsage', 'ENCRYPT_DECRYPT')
  if (encryptionContext !== undefined) add('kms:EncryptionAlgorithm', 'SYMMETRIC_DEFAULT')
  for (const [name, value] of encryptionContext ?? []) {
    add(`kms:EncryptionContext:${name}`, value)
    add('kms:EncryptionContextKeys', name)
  }
  for (const [index, value] of pcrs ?? []) {
    const hex = Buffer.from(value).toString('hex')
    add(`kms:RecipientAttestation:PCR${index}`, hex)
    if (index === 0) add('kms:RecipientAttestation:ImageSha384', hex)
  }
  return context
}
