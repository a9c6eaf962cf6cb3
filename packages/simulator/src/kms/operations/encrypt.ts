import { authorizeKeyUse } from '../key-policy/authorize.ts'
import { sealBlob } from '../encryption/ciphertext-blob.ts'
import type { Operation } from '../service.ts'
import { checkEncryptionAlgorithm, encryptionContextOf, requestedKey } from './key-parameters.ts'

/** Encrypt: up to 4096 bytes, in clear in the request. There is no Recipient here. */
export const encrypt: Operation = (service, call) => {
  const { request } = call
  const plaintext = request.requiredBlob('Plaintext', { minimum: 1, maximum: 4096 })
  checkEncryptionAlgorithm(request)
  const encryptionContext = encryptionContextOf(request)
  const key = requestedKey(service, request)
  authorizeKeyUse(service, call, { operation: 'Encrypt', key, encryptionContext })
  const blob = sealBlob(key, plaintext, encryptionContext)
  return { CiphertextBlob: blob.toString('base64'), KeyId: key.arn, EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' }
}
