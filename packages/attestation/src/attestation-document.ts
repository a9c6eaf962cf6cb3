/** What an NSM attests (nsm-api docs/attestation_process.md section 2.2). All bytes are copies. */
export interface AttestationDocument {
  /** The NSM's own name: instance id and enclave id, such as `i-0123456789abcdef0-enc0123456789abcdef`. Not empty. */
  readonly moduleId: string
  /** The hash by which the PCRs were extended. */
  readonly digest: 'SHA384'
  /** When the NSM made the document, unix milliseconds, by the NSM's clock. */
  readonly timestamp: number
  /** 1 to 32 locked PCRs by index 0 to 31; 32, 48 or 64 bytes each (real NSMs: 48). */
  readonly pcrs: ReadonlyMap<number, Buffer>
  /** The certificate whose key signed the document, DER, 1 to 1024 bytes. */
  readonly certificate: Buffer
  /** The certificates above it from the root down, DER, 1 to 1024 bytes each. */
  readonly cabundle: readonly Buffer[]
  /** What the enclave wants encrypted to: 1 to 1024 bytes, by AWS's text a DER key, not parsed here. */
  readonly publicKey?: Buffer
  /** Anything the enclave had signed along: 0 to 1024 bytes. */
  readonly userData?: Buffer
  /** The verifier's challenge: 0 to 1024 bytes. */
  readonly nonce?: Buffer
}
