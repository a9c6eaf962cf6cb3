import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { canonicalKeyRecord, decodeBase64, EnclaveError, encodeBase64, encryptionContextOf } from '@enclave-signer/protocol'
import type { EnclaveSealedKey, SealedKey } from '@enclave-signer/protocol'
import { erase } from '../bytes.ts'
import type { DataKey, Kms } from '../kms/kms.ts'

/** NIST SP 800-38D section 8.2.2: a random IV of 96 bits, under a data key that seals this one key. */
const ivBytes = 12
const tagBytes = 16
const dataKeyBytes = 32

/**
 * Seals a private key under a data key of KMS's: AES-256-GCM with the key's public record as additional data.
 *
 * @param pkcs8 - The key in PKCS#8 DER; the caller erases it and the data key.
 */
export function sealPrivateKey (pkcs8: Buffer, record: EnclaveSealedKey['record'], { plaintext, ciphertextBlob }: DataKey): EnclaveSealedKey {
  const iv = randomBytes(ivBytes)
  const cipher = createCipheriv('aes-256-gcm', plaintext, iv, { authTagLength: tagBytes }).setAAD(canonicalKeyRecord(record))
  const ciphertext = Buffer.concat([cipher.update(pkcs8), cipher.final()])
  const seal = {
    encryptedDataKey: encodeBase64(ciphertextBlob),
    iv: encodeBase64(iv),
    ciphertext: encodeBase64(ciphertext),
    tag: encodeBase64(cipher.getAuthTag()),
  }
  return { record, seal }
}

/**
 * The PKCS#8 DER of a sealed key, in memory of its own that the caller erases.
 *
 * @throws EnclaveError `SEAL_BROKEN` when an `ENCLAVE` key's record or ciphertext is not what was sealed; what KMS's
 * port throws, for an `EXTERNAL` key `KMS_INVALID_CIPHERTEXT` where the name or spec is not the one it was sealed under.
 */
export async function unsealPrivateKey (sealedKey: SealedKey, kms: Kms): Promise<Buffer> {
  const context = encryptionContextOf(sealedKey.record)
  if (!isEnclaveKey(sealedKey)) return await kms.decrypt(decodeBase64(sealedKey.seal.ciphertextBlob), context)
  const dataKey = await kms.decrypt(decodeBase64(sealedKey.seal.encryptedDataKey), context)
  try {
    return openSeal(sealedKey, dataKey)
  } finally {
    erase(dataKey)
  }
}

function openSeal ({ record, seal }: EnclaveSealedKey, dataKey: Buffer): Buffer {
  if (dataKey.length !== dataKeyBytes) throw new EnclaveError('SEAL_BROKEN', 'the seal has a data key of another length')
  const decipher = createDecipheriv('aes-256-gcm', dataKey, decodeBase64(seal.iv), { authTagLength: tagBytes })
    .setAAD(canonicalKeyRecord(record))
    .setAuthTag(decodeBase64(seal.tag))
  const pkcs8 = decipher.update(decodeBase64(seal.ciphertext))
  try {
    decipher.final()
    return pkcs8
  } catch (cause) {
    erase(pkcs8)
    throw new EnclaveError('SEAL_BROKEN', 'the key was not sealed under this record', { cause })
  }
}

function isEnclaveKey (sealedKey: SealedKey): sealedKey is EnclaveSealedKey {
  return sealedKey.record.origin === 'ENCLAVE'
}
