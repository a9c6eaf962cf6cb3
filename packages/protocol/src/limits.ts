/** Largest payload of one frame, in bytes. A larger announcement is refused before anything is allocated. */
export const maxFrameBytes = 256 * 1024

/** The version of this protocol; `hello` compares it on both ends. */
export const protocolVersion = 1

/** Largest `RAW` message that can be signed, in bytes: the limit of KMS `Sign`. */
export const maxMessageBytes = 4096

/** Largest KMS ciphertext, in bytes (KMS API reference: `CiphertextBlob`, length 1 to 6144). */
export const maxCiphertextBlobBytes = 6144

/** Largest SPKI of a supported key, in bytes: RSA_4096 takes 550; the NSM's `public_key` field ends at 1024. */
export const maxPublicKeyBytes = 1024

/** Largest PKCS#8 private key, in bytes: RSA_4096 takes about 2,400. */
export const maxPrivateKeyBytes = 4096

/** Largest attestation document, in bytes (KMS API reference: `AttestationDocument`). */
export const maxAttestationDocumentBytes = 128 * 1024

/** Largest nonce of an attestation document, in bytes (AWS Nitro Enclaves, attestation process). */
export const maxNonceBytes = 512

/** Longest time a request can be given, in milliseconds. */
export const maxTimeoutMs = 60_000

/** Most lines of the enclave's log in one answer: with the longest of names they take a quarter of a frame. */
export const maxLogLines = 200
