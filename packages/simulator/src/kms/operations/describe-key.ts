import { authorizeKeyUse } from '../key-policy/authorize.ts'
import type { Operation } from '../service.ts'
import { requestedKey } from './key-parameters.ts'
import { keyMetadata } from './key-metadata.ts'

/** DescribeKey. */
export const describeKey: Operation = (service, call) => {
  const key = requestedKey(service, call.request)
  authorizeKeyUse(service, call, { operation: 'DescribeKey', key })
  return { KeyMetadata: keyMetadata(service, key) }
}
