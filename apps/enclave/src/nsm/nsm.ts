/** What the enclave asks to be stated in an attestation document. Absent fields are `null` in the document. */
export interface AttestationRequest {
  /** 1 to 512 bytes that prove freshness to whoever chose them. */
  readonly nonce?: Uint8Array
  /** Up to 512 bytes of the enclave's own. */
  readonly userData?: Uint8Array
  /** SubjectPublicKeyInfo in DER, up to 1024 bytes. */
  readonly publicKey?: Uint8Array
}

/** The Nitro Secure Module as far as the enclave uses it. Failures are EnclaveErrors with code `NSM_FAILED`. */
export interface Nsm {
  /** A signed attestation document (COSE_Sign1) over the request and the enclave's PCRs. */
  attest (request: AttestationRequest): Buffer | Promise<Buffer>
  /** Random bytes of the hypervisor's, as many as one call gives (256 in QEMU; at least 1). */
  random (): Buffer | Promise<Buffer>
}
