import { constants, createCipheriv, createHash, type KeyObject, publicEncrypt, randomBytes } from 'node:crypto'
import { encode, explicit, indefinite, objectIdentifier, sequence, tags, unsignedInteger } from '../../asn1/ber.ts'

/** The parts of an EnvelopedData that differ from one message to the next. */
export interface EnvelopedDataParts {
  /** SHA-256 of the recipient's SPKI DER, 32 bytes. */
  readonly subjectKeyIdentifier: Uint8Array
  /** The content key under RSAES-OAEP-SHA-256; 256 bytes for RSA-2048. */
  readonly encryptedKey: Uint8Array
  /** The AES-CBC initialisation vector, 16 bytes. */
  readonly iv: Uint8Array
  /** AES-256-CBC with PKCS #7 padding; a multiple of 16 bytes. */
  readonly ciphertext: Uint8Array
}

const version2 = unsignedInteger(Buffer.of(2))
const noParameters = encode(tags.null)
const sha256Identifier = sequence(objectIdentifier('2.16.840.1.101.3.4.2.1'), noParameters)

// RFC 4055 section 3.1: hash SHA-256, MGF1 with SHA-256, the label left to its default (empty).
const rsaesOaepSha256 = sequence(
  objectIdentifier('1.2.840.113549.1.1.7'),
  sequence(
    explicit(0, sha256Identifier),
    explicit(1, sequence(objectIdentifier('1.2.840.113549.1.1.8'), sha256Identifier))
  )
)

/**
 * Encrypts for one RSA key as KMS fills `CiphertextForRecipient`: a fresh AES-256 key and IV for every call.
 *
 * @param plaintext - up to 4096 bytes
 * @param publicKey - the attested RSA-2048 key
 */
export function encryptForRecipient (plaintext: Uint8Array, publicKey: KeyObject): Buffer {
  const contentKey = randomBytes(32)
  const iv = randomBytes(16)
  const cipher = createCipheriv('aes-256-cbc', contentKey, iv)
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()])
  const encryptedKey = publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }, contentKey)
  const subjectKeyIdentifier = createHash('sha256').update(publicKey.export({ type: 'spki', format: 'der' })).digest()
  return encodeEnvelopedData({ subjectKeyIdentifier, encryptedKey, iv, ciphertext })
}

/**
 * Writes the CMS EnvelopedData (RFC 5652 section 6) in the very BER that KMS sends: indefinite lengths down to EncryptedContentInfo,
 * definite ones in the recipient's part, and the content as one OCTET STRING inside a constructed `[0]`.
 */
export function encodeEnvelopedData (parts: EnvelopedDataParts): Buffer {
  return indefinite(tags.sequence,
    objectIdentifier('1.2.840.113549.1.7.3'),
    indefinite(0xa0,
      indefinite(tags.sequence,
        version2,
        encode(tags.set, encodeKeyTransRecipientInfo(parts)),
        encodeEncryptedContentInfo(parts))))
}

function encodeKeyTransRecipientInfo ({ subjectKeyIdentifier, encryptedKey }: EnvelopedDataParts): Buffer {
  return sequence(
    version2,
    encode(0x80, subjectKeyIdentifier),
    rsaesOaepSha256,
    encode(tags.octetString, encryptedKey)
  )
}

function encodeEncryptedContentInfo ({ iv, ciphertext }: EnvelopedDataParts): Buffer {
  return indefinite(tags.sequence,
    objectIdentifier('1.2.840.113549.1.7.1'),
    sequence(objectIdentifier('2.16.840.1.101.3.4.1.42'), encode(tags.octetString, iv)),
    indefinite(0xa0, encode(tags.octetString, ciphertext)))
}
