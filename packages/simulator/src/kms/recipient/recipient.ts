import { AttestationError, verifyAttestationDocument } from '@enclave-signer/attestation'
import { createPublicKey, type KeyObject } from 'node:crypto'
import { encryptForRecipient } from './cms.ts'
import { KmsError } from '../errors.ts'
import type { Parameters } from '../parameters.ts'

/** The enclave that a request's attestation document proves. */
export interface Recipient {
  /** RSA-2048; whoever holds its private half reads the answer. */
  readonly publicKey: KeyObject
  readonly pcrs: ReadonlyMap<number, Buffer>
}

/** What attestation documents are checked against. */
export interface AttestationTrust {
  /** PEM of the root certificate. */
  readonly attestationRoot: string
  readonly now: () => number
}

/**
 * Reads and verifies the Recipient of a request; without one, `undefined`.
 *
 * @throws KmsError ValidationException for every fault of the document (the name that KMS uses is not published)
 */
export function readRecipient (request: Parameters, trust: AttestationTrust): Recipient | undefined {
  const members = request.structure('Recipient')
  if (members === undefined) return undefined
  const algorithm = members.choice('KeyEncryptionAlgorithm', ['RSAES_OAEP_SHA_256'])
  const bytes = members.requiredBlob('AttestationDocument', { minimum: 1, maximum: 262_144 })
  if (algorithm === undefined) members.requiredText('KeyEncryptionAlgorithm')
  const { publicKey, pcrs } = verify(bytes, trust)
  return { publicKey: readPublicKey(publicKey), pcrs }
}

/** The members of an answer that carry a secret: for the recipient alone where there is one, otherwise in clear. */
export function secretMembers (plaintext: Buffer, recipient: Recipient | undefined): Record<string, string> {
  return recipient === undefined
    ? { Plaintext: plaintext.toString('base64') }
    : { CiphertextForRecipient: encryptForRecipient(plaintext, recipient.publicKey).toString('base64') }
}

function verify (bytes: Buffer, { attestationRoot, now }: AttestationTrust) {
  try {
    return verifyAttestationDocument(bytes, { root: attestationRoot, now: now() })
  } catch (cause) {
    if (!(cause instanceof AttestationError)) throw cause
    throw new KmsError('ValidationException', `The attestation document is invalid: ${cause.code}`, { cause })
  }
}

function readPublicKey (der: Uint8Array | undefined): KeyObject {
  const key = der && parseSpki(der)
  const isRsa2048 = key?.asymmetricKeyType === 'rsa' && key.asymmetricKeyDetails?.modulusLength === 2048
  if (key === undefined || !isRsa2048 || !key.export({ type: 'spki', format: 'der' }).equals(der ?? Buffer.alloc(0))) {
    throw new KmsError('ValidationException', 'The public key of the attestation document is not an RSA-2048 SubjectPublicKeyInfo in DER')
  }
  return key
}

function parseSpki (der: Uint8Array): KeyObject | undefined {
  try {
    return createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' })
  } catch {
    return undefined
  }
}
