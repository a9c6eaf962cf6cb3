import type { EncryptionContext } from '../encryption/encryption-context.ts'
import { KmsError } from '../errors.ts'
import { findKey } from '../key-store/key-id.ts'
import type { KmsKey } from '../key-store/key-store.ts'
import type { Parameters } from '../parameters.ts'
import type { KmsService } from '../service.ts'

const keyIdBounds = { minimum: 1, maximum: 2048 }

/** The key of the required KeyId. */
export function requestedKey ({ keys, arnPrefix }: KmsService, request: Parameters): KmsKey {
  return findKey(keys, arnPrefix, request.requiredText('KeyId', keyIdBounds))
}

/** The key of an optional KeyId. */
export function namedKey ({ keys, arnPrefix }: KmsService, request: Parameters): KmsKey | undefined {
  const keyId = request.text('KeyId', keyIdBounds)
  return keyId === undefined ? undefined : findKey(keys, arnPrefix, keyId)
}

/** The EncryptionContext; empty where there is none, which is the same. */
export function encryptionContextOf (request: Parameters): EncryptionContext {
  return request.textMap('EncryptionContext')
}

/** Refuses the algorithms of other keys in Encrypt and Decrypt. */
export function checkEncryptionAlgorithm (request: Parameters): void {
  const algorithm = request.choice('EncryptionAlgorithm', ['SYMMETRIC_DEFAULT', 'RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256', 'SM2PKE'])
  if (algorithm !== undefined && algorithm !== 'SYMMETRIC_DEFAULT') {
    throw new KmsError('InvalidKeyUsageException', `Algorithm ${algorithm} is incompatible with key spec SYMMETRIC_DEFAULT.`)
  }
}
