import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { canonicalEncryptionContext, type EncryptionContext } from './encryption-context.ts'
import { KmsError } from '../errors.ts'
import type { KmsKey } from '../key-store/key-store.ts'

/*
 * version 1 (1 byte) | key id, a UUID's bytes (16) | GCM nonce (12) | ciphertext | GCM tag (16)
 *
 * The additional authenticated data binds everything the caller does not get to choose anew: version, key ARN and encryption context.
 */
const version = 1
const keyIdBytes = 16
const nonceBytes = 12
const tagBytes = 16
const headerBytes = 1 + keyIdBytes + nonceBytes

/** Encrypts under a key's material with a random nonce; 45 bytes longer than the plaintext. */
export function sealBlob (key: KmsKey, plaintext: Uint8Array, context: EncryptionContext): Buffer {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv('aes-256-gcm', key.material, nonce, { authTagLength: tagBytes })
  cipher.setAAD(additionalData(key.arn, context))
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()])
  return Buffer.concat([Buffer.of(version), Buffer.from(key.keyId.replaceAll('-', ''), 'hex'), nonce, ciphertext, cipher.getAuthTag()])
}

/**
 * The id of the key that a blob says it was made under. Nothing is authenticated yet.
 *
 * @throws KmsError InvalidCiphertextException where the blob has not this format
 */
export function keyIdOfBlob (blob: Buffer): string {
  if (blob.length < headerBytes + tagBytes || blob.readUInt8(0) !== version) throw new KmsError('InvalidCiphertextException')
  return blob.toString('hex', 1, 1 + keyIdBytes).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/**
 * Decrypts a blob that names this key.
 *
 * @throws KmsError InvalidCiphertextException for an altered blob and for another encryption context
 */
export function openBlob (key: KmsKey, blob: Buffer, context: EncryptionContext): Buffer {
  const nonce = blob.subarray(1 + keyIdBytes, headerBytes)
  const decipher = createDecipheriv('aes-256-gcm', key.material, nonce, { authTagLength: tagBytes })
  decipher.setAAD(additionalData(key.arn, context))
  decipher.setAuthTag(blob.subarray(-tagBytes))
  try {
    return Buffer.concat([decipher.update(blob.subarray(headerBytes, -tagBytes)), decipher.final()])
  } catch (cause) {
    throw new KmsError('InvalidCiphertextException', '', { cause })
  }
}

function additionalData (keyArn: string, context: EncryptionContext): Buffer {
  return Buffer.from(JSON.stringify([version, keyArn, canonicalEncryptionContext(context)]))
}
