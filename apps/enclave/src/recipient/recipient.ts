import { constants, createDecipheriv, createHash, generateKeyPair, privateDecrypt } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { EnclaveError } from '@enclave-signer/protocol'
import { erase } from '../bytes.ts'
import type { Nsm } from '../nsm/nsm.ts'
import { readEnvelopedData } from './enveloped-data.ts'

/** The one that KMS encrypts its answers to: an RSA key of this boot, named to KMS by an attestation document. */
export interface Recipient {
  /** A fresh attestation document whose `public_key` is the recipient's. It goes to KMS and to nobody else. */
  attest (): Promise<Buffer>
  /**
   * The content of a `CiphertextForRecipient`, in memory of its own that the caller erases.
   *
   * @throws EnclaveError `KMS_ANSWER_INVALID`, the same for whatever is wrong.
   */
  open (ciphertextForRecipient: Buffer): Buffer
}

/** The key size KMS takes (KMS developer guide, cryptographic attestation): RSA-2048. */
const modulusLength = 2048
const contentKeyBytes = 32

/** A recipient with a key pair of its own, made now and never written anywhere. */
export async function createRecipient (nsm: Pick<Nsm, 'attest'>): Promise<Recipient> {
  const { privateKey, publicKey } = await promisify(generateKeyPair)('rsa', { modulusLength })
  return recipientOf(privateKey, publicKey.export({ format: 'der', type: 'spki' }), nsm)
}

/** The recipient with a given RSA-2048 key pair; `spki` is its SubjectPublicKeyInfo in DER. */
export function recipientOf (privateKey: KeyObject, spki: Buffer, nsm: Pick<Nsm, 'attest'>): Recipient {
  const keyIdentifier = createHash('sha256').update(spki).digest()
  return {
    attest: async () => await nsm.attest({ publicKey: spki }),
    open: ciphertextForRecipient => {
      try {
        return openEnvelopedData(ciphertextForRecipient, privateKey, keyIdentifier)
      } catch {
        // The reason is dropped: told to the parent, it would be a padding oracle.
        throw new EnclaveError('KMS_ANSWER_INVALID', 'CiphertextForRecipient is not a message to this enclave')
      }
    },
  }
}

function openEnvelopedData (cms: Buffer, privateKey: KeyObject, keyIdentifier: Buffer): Buffer {
  const { subjectKeyIdentifier, encryptedKey, iv, encryptedContent } = readEnvelopedData(cms)
  if (!subjectKeyIdentifier.equals(keyIdentifier)) throw new Error('another recipient')
  const contentKey = privateDecrypt({ key: privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }, encryptedKey)
  try {
    if (contentKey.length !== contentKeyBytes) throw new Error('a content key of another length')
    return decryptContent(contentKey, iv, encryptedContent)
  } finally {
    erase(contentKey)
  }
}

function decryptContent (key: Buffer, iv: Buffer, encryptedContent: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-cbc', key, iv)
  const head = decipher.update(encryptedContent)
  try {
    const tail = decipher.final()
    const content = Buffer.alloc(head.length + tail.length)
    content.set(head)
    content.set(tail, head.length)
    erase(tail)
    return content
  } finally {
    erase(head)
  }
}
