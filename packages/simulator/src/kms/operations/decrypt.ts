import { authorizeKeyUse } from '../key-policy/authorize.ts'
import { keyIdOfBlob, openBlob } from '../encryption/ciphertext-blob.ts'
import { KmsError } from '../errors.ts'
import type { KmsKey } from '../key-store/key-store.ts'
import { readRecipient, secretMembers } from '../recipient/recipient.ts'
import type { KmsService, Operation } from '../service.ts'
import { checkEncryptionAlgorithm, encryptionContextOf, namedKey } from './key-parameters.ts'

/**
 * Decrypt. The key policy is asked before the blob is opened, so that a caller without permission learns nothing about the blob; it is the
 * policy of the key that KeyId names, or without KeyId of the one that the blob names.
 */
export const decrypt: Operation = (service, call) => {
  const { request } = call
  const blob = request.requiredBlob('CiphertextBlob', { minimum: 1, maximum: 6144 })
  checkEncryptionAlgorithm(request)
  const encryptionContext = encryptionContextOf(request)
  const recipient = readRecipient(request, service)
  const key = namedKey(service, request) ?? keyOfBlob(service, blob)
  authorizeKeyUse(service, call, { operation: 'Decrypt', key, encryptionContext, recipient })
  if (keyIdOfBlob(blob) !== key.keyId) {
    throw new KmsError('IncorrectKeyException', 'The key ID in the request does not identify a CMK that can perform this operation.')
  }
  const plaintext = openBlob(key, blob, encryptionContext)
  return { KeyId: key.arn, ...secretMembers(plaintext, recipient), EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' }
}

// AWS answers AccessDeniedException for a key that it does not have; here such a blob is an altered one.
function keyOfBlob ({ keys }: KmsService, blob: Buffer): KmsKey {
  const key = keys.find(keyIdOfBlob(blob))
  if (key === undefined) throw new KmsError('InvalidCiphertextException')
  return key
}
