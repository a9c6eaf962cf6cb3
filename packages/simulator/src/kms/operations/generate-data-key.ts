import { randomBytes } from 'node:crypto'
import { authorizeKeyUse } from '../key-policy/authorize.ts'
import { sealBlob } from '../encryption/ciphertext-blob.ts'
import { KmsError } from '../errors.ts'
import type { Parameters } from '../parameters.ts'
import { readRecipient, secretMembers } from '../recipient/recipient.ts'
import type { Operation } from '../service.ts'
import { encryptionContextOf, requestedKey } from './key-parameters.ts'

/** GenerateDataKey: random bytes, once under the key and once in clear or for the recipient. */
export const generateDataKey: Operation = (service, call) => {
  const { request } = call
  const size = dataKeyBytes(request)
  const encryptionContext = encryptionContextOf(request)
  const recipient = readRecipient(request, service)
  const key = requestedKey(service, request)
  authorizeKeyUse(service, call, { operation: 'GenerateDataKey', key, encryptionContext, recipient })
  const dataKey = randomBytes(size)
  const blob = sealBlob(key, dataKey, encryptionContext)
  return { CiphertextBlob: blob.toString('base64'), ...secretMembers(dataKey, recipient), KeyId: key.arn }
}

function dataKeyBytes (request: Parameters): number {
  const keySpec = request.choice('KeySpec', ['AES_256', 'AES_128'])
  const size = request.integer('NumberOfBytes', { minimum: 1, maximum: 1024 })
  if ((keySpec === undefined) === (size === undefined)) {
    throw new KmsError('ValidationException', 'Please specify either number of bytes or key spec.')
  }
  return size ?? (keySpec === 'AES_256' ? 32 : 16)
}
