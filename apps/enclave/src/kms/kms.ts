/** A KMS encryption context: names and values that must be the same for sealing and unsealing. */
export type EncryptionContext = Readonly<Record<string, string>>

/** KMS as far as the enclave uses it: every answer is encrypted to this enclave and no other. */
export interface Kms {
  /**
   * The plaintext of a ciphertext under the enclave's KMS key, in memory of its own that the caller erases.
   *
   * @throws EnclaveError `CREDENTIALS_MISSING` or one of the `KMS_` codes.
   */
  decrypt (ciphertextBlob: Buffer, context: EncryptionContext): Promise<Buffer>
  /**
   * A new 32-byte data key, in memory of its own that the caller erases, and the same under the KMS key.
   *
   * @throws EnclaveError as `decrypt` does.
   */
  generateDataKey (context: EncryptionContext): Promise<DataKey>
}

/** See {@link Kms.generateDataKey}. */
export interface DataKey {
  /** 32 bytes; the caller erases them. */
  readonly plaintext: Buffer
  /** 1 to 6144 bytes that only KMS can read. */
  readonly ciphertextBlob: Buffer
}
