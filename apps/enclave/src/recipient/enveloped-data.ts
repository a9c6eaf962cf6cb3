import { asn1Tags, readAsn1 } from '../asn1.ts'
import type { Asn1Element } from '../asn1.ts'

/** What a CMS EnvelopedData for one recipient carries, still encrypted. Buffers share memory with the input. */
export interface EnvelopedData {
  /** SHA-256 of the recipient's SubjectPublicKeyInfo, 32 bytes. */
  readonly subjectKeyIdentifier: Buffer
  /** The content key under RSAES-OAEP, 256 bytes. */
  readonly encryptedKey: Buffer
  /** Initialisation vector of AES-256-CBC, 16 bytes. */
  readonly iv: Buffer
  /** The content under AES-256-CBC with PKCS#7 padding: one or more blocks of 16 bytes. */
  readonly encryptedContent: Buffer
}

/** Longest CMS that KMS sends, in bytes (KMS API reference, Decrypt: `CiphertextForRecipient`). */
const maxCmsBytes = 6144
const rsa2048Bytes = 256
const aesBlockBytes = 16
const sha256Bytes = 32

/** RFC 5652: content types envelopedData and data. */
const envelopedDataOid = Buffer.from('06092a864886f70d010703', 'hex')
const dataOid = Buffer.from('06092a864886f70d010701', 'hex')
/** RFC 3565: AES-256-CBC; its parameter, the IV, follows. */
const aes256CbcOid = Buffer.from('060960864801650304012a', 'hex')
/** RFC 8017 appendix A.2.1: RSAES-OAEP with SHA-256, MGF1 over SHA-256 and the empty label, as KMS writes it. */
const rsaesOaepSha256 = Buffer.from(
  '303c06092a864886f70d010107302fa00f300d06096086480165030402010500a11c301a06092a864886f70d010108300d06096086480165030402010500', 'hex')
/** RFC 5652 section 6.1: version 2, because the recipient is named by its subject key identifier. */
const version2 = Buffer.from('020102', 'hex')

/**
 * Reads the one form in which KMS answers an attested call (RFC 5652 EnvelopedData in BER, one key-transport recipient).
 * Every object identifier and parameter is compared; nothing is decrypted.
 *
 * @throws Asn1Error or Error for any other bytes.
 */
export function readEnvelopedData (cms: Buffer): EnvelopedData {
  if (cms.length > maxCmsBytes) throw new Error('longer than a CMS of KMS')
  const [contentType, content] = childrenOf(readAsn1(cms, 'BER'), asn1Tags.sequence, 2)
  expectBytes(contentType, envelopedDataOid)
  const [envelopedData] = childrenOf(content, asn1Tags.context0Constructed, 1)
  const [version, recipients, encryptedContentInfo] = childrenOf(envelopedData, asn1Tags.sequence, 3)
  expectBytes(version, version2)
  return { ...readRecipient(recipients), ...readEncryptedContent(encryptedContentInfo) }
}

function readRecipient (recipients: Asn1Element | undefined): Pick<EnvelopedData, 'subjectKeyIdentifier' | 'encryptedKey'> {
  const [recipient] = childrenOf(recipients, asn1Tags.set, 1)
  const [version, identifier, algorithm, encryptedKey] = childrenOf(recipient, asn1Tags.sequence, 4)
  expectBytes(version, version2)
  expectBytes(algorithm, rsaesOaepSha256)
  return {
    subjectKeyIdentifier: contentOf(identifier, asn1Tags.context0, sha256Bytes),
    encryptedKey: contentOf(encryptedKey, asn1Tags.octetString, rsa2048Bytes),
  }
}

function readEncryptedContent (info: Asn1Element | undefined): Pick<EnvelopedData, 'iv' | 'encryptedContent'> {
  const [contentType, algorithm, content] = childrenOf(info, asn1Tags.sequence, 3)
  expectBytes(contentType, dataOid)
  const [algorithmOid, iv] = childrenOf(algorithm, asn1Tags.sequence, 2)
  expectBytes(algorithmOid, aes256CbcOid)
  const encryptedContent = joinOctets(content)
  if (encryptedContent.length === 0 || encryptedContent.length % aesBlockBytes !== 0) throw new Error('content that is not whole blocks')
  return { iv: contentOf(iv, asn1Tags.octetString, aesBlockBytes), encryptedContent }
}

/** An `[0] IMPLICIT OCTET STRING`: primitive, or constructed of octet strings (X.690 section 8.7). */
function joinOctets (content: Asn1Element | undefined): Buffer {
  if (content?.tag === asn1Tags.context0) return content.content
  if (content?.tag !== asn1Tags.context0Constructed) throw new Error('no encrypted content')
  return Buffer.concat(content.children.map(piecesOf).flat())
}

function piecesOf (octets: Asn1Element): Buffer[] {
  if (octets.tag === asn1Tags.octetString) return [octets.content]
  if (octets.tag === asn1Tags.octetStringConstructed) return octets.children.map(piecesOf).flat()
  throw new Error('a piece that is no octet string')
}

function childrenOf (element: Asn1Element | undefined, tag: number, count: number): readonly Asn1Element[] {
  if (element?.tag !== tag || element.children.length !== count) throw new Error('another structure than KMS writes')
  return element.children
}

function contentOf (element: Asn1Element | undefined, tag: number, bytes: number): Buffer {
  if (element?.tag !== tag || element.content.length !== bytes) throw new Error('another field than KMS writes')
  return element.content
}

function expectBytes (element: Asn1Element | undefined, expected: Buffer): void {
  if (element?.encoding.equals(expected) !== true) throw new Error('another algorithm or version than KMS writes')
}
