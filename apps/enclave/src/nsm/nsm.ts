/** What the enclave asks to be stated in an attestation document. Absent fields are `null` in the document. */
export interface AttestationRequest {
  /** 1 to 512 bytes that prove freshness to whoever chose them. */
  readonly nonce?: Uint8Array
  /** Up to 512 bytes of the enclave's own. */
  readonly userData?: Uint8Array
  /** SubjectPublicKeyInfo in DER, up to 1024 bytes. */
  readonly publicKey?: Uint8Array
}

/** The Nitro Secure Module as far as a running enclave uses it. Failures are EnclaveErrors with code `NSM_FAILED`. */
export interface Nsm {
  /** A signed attestation document (COSE_Sign1) over the request and the enclave's PCRs. */
  attest (request: AttestationRequest): Buffer | Promise<Buffer>
  /** Random bytes of the hypervisor's, as many as one call gives (256 in QEMU; at least 1). */
  random (): Buffer | Promise<Buffer>
}

/** What an NSM says of itself. */
export interface NsmDescription {
  /** Such as `i-0123456789abcdef0-enc0123456789abcdef`. */
  readonly moduleId: string
  /** Such as `1.0.0`. */
  readonly version: string
  /** The hash of its PCRs, in its own words: `SHA384`. */
  readonly digest: string
  /** How many PCRs there are; their indexes begin with 0. */
  readonly maxPcrs: number
  /** The indexes of those that cannot be extended any more. */
  readonly lockedPcrs: ReadonlySet<number>
}

/** One PCR. */
export interface PcrDescription {
  readonly locked: boolean
  /** 32, 48 or 64 bytes: 48 with SHA384. */
  readonly value: Buffer
}

/**
 * The whole API of the Nitro Secure Module, in its own words. Failures are EnclaveErrors with code `NSM_FAILED`; NsmErrors where it
 * answered with one.
 */
export interface NsmModule extends Nsm {
  describeNsm (): NsmDescription | Promise<NsmDescription>
  describePcr (index: number): PcrDescription | Promise<PcrDescription>
  /** Hashes the PCR's value and `data` into its new value, which it answers. */
  extendPcr (index: number, data: Uint8Array): Buffer | Promise<Buffer>
  /** Locks one PCR; one that is locked already is `ReadOnlyIndex`. */
  lockPcr (index: number): void | Promise<void>
  /** Locks the PCRs 0 to `range` - 1, whether they are locked already or not. */
  lockPcrs (range: number): void | Promise<void>
}
