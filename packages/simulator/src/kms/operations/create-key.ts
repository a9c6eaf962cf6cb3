import { authorizeByAccount } from '../key-policy/authorize.ts'
import { KmsError } from '../errors.ts'
import { defaultPolicy } from '../key-policy/default-policy.ts'
import type { Parameters } from '../parameters.ts'
import type { Operation } from '../service.ts'
import { keyMetadata } from './key-metadata.ts'
import { readPolicy } from './policy-parameter.ts'

/** CreateKey: a symmetric encryption key with own material; anything else is an UnsupportedOperationException. Tags are not kept. */
export const createKey: Operation = async (service, call) => {
  const { request } = call
  const description = request.text('Description', { maximum: 8192 }) ?? ''
  refuseOtherKinds(request)
  authorizeByAccount(service, call, 'CreateKey')
  // A policy cannot name the ARN of a key that is not there yet.
  const policy = readPolicy(service, call, `${service.arnPrefix}:key/`) ?? defaultPolicy(service.accountId)
  const key = await service.keys.create({ description, policy, createdAt: service.now() })
  return { KeyMetadata: keyMetadata(service, key) }
}

const onlyChoices = {
  KeySpec: 'SYMMETRIC_DEFAULT', CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT', KeyUsage: 'ENCRYPT_DECRYPT', Origin: 'AWS_KMS',
}

function refuseOtherKinds (request: Parameters): void {
  for (const [name, only] of Object.entries(onlyChoices)) {
    if ((request.text(name) ?? only) !== only) throw new KmsError('UnsupportedOperationException', `${name} must be ${only} here`)
  }
  if (request.flag('MultiRegion')) throw new KmsError('UnsupportedOperationException', 'MultiRegion keys are not supported here')
}
