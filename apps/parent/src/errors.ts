import type { DockerFailureKind } from './docker/failures.ts'

/** Every code of {@link ParentError} with the facts that go with it: names and sizes, never secret data. */
export interface ParentErrorFacts {
  /** There is no image of that name or id on this host. */
  IMAGE_UNKNOWN: { image: string }
  /** docker could not be run, or did not do what it was asked; `kind` is what was recognised in its words. */
  DOCKER_FAILED: { command: string, exitCode: number | undefined, kind: DockerFailureKind }
  /** The EIF is not there. */
  EIF_MISSING: { eifPath: string }
  /** The EIF's checksum is wrong. */
  EIF_DAMAGED: { eifPath: string }
  /** PCR0 of the EIF is not EXPECTED_PCR0. */
  MEASUREMENTS_UNEXPECTED: { expected: string, measured: string }
  /** The ECS metadata endpoint gave no usable answer. */
  METADATA_UNAVAILABLE: { uris: number }
  /** No credentials, or ones the enclave cannot take. */
  CREDENTIALS_UNAVAILABLE: { source: string }
  /** The enclave does not answer where its relay should lead to it. */
  ENCLAVE_UNREACHABLE: { port: number }
  /** An enclave that has taken requests: `describe-enclaves` does not list it as running any more. */
  ENCLAVE_GONE: { enclaveId: string }
  /** An enclave that nitro-cli started and that has ended before it ever took a request. */
  ENCLAVE_NEVER_READY: { enclaveId: string }
  /** The enclave runs and answers nothing, through a relay that was started afresh too. */
  ENCLAVE_UNRESPONSIVE: { enclaveId: string }
  /** An enclave of this service could not be ended. */
  ENCLAVE_NOT_ENDED: { enclaveId: string }
  /** The enclave speaks another protocol, or was built with other settings. */
  ENCLAVE_DIFFERS: { setting: string }
  /** The attestation document does not prove that this enclave runs the measured image. `reason` is the attestation package's code. */
  ATTESTATION_REFUSED: { reason: string }
  /** No enclave is ready to take requests. */
  ENCLAVE_NOT_READY: { state: string }
  KEY_NOT_FOUND: { keyId: string }
  KEY_EXISTS: { keyId: string }
  /** There is a file for the key, but nothing that may be shown as that key is in it. */
  KEY_UNREADABLE: { keyId: string }
  /** The enclave answered with a key of another name or spec. */
  ENCLAVE_ANSWER_UNEXPECTED: { keyId: string }
  /** What must be in the audit log cannot be written there. `reason` is the system's code. */
  AUDIT_UNAVAILABLE: { reason: string }
  /** The key has been asked to sign under this sequence or a higher one. */
  SEQUENCE_NOT_ABOVE: { keyId: string, lastSequence: number }
  /** The key has a watermark, and the request no sequence. */
  SEQUENCE_REQUIRED: { keyId: string }
  /** The key has a watermark that cannot be read. */
  WATERMARK_UNREADABLE: { keyId: string }
  /** The watermark cannot be written. */
  WATERMARK_UNAVAILABLE: { keyId: string }
}

/** See {@link ParentErrorFacts}. */
export type ParentErrorCode = keyof ParentErrorFacts

/** What goes wrong in the parent itself. `code` is stable; the message is a log line. */
export class ParentError<C extends ParentErrorCode = ParentErrorCode> extends Error {
  override readonly name = 'ParentError'
  readonly code: C
  readonly facts: ParentErrorFacts[C]

  constructor (code: C, message: string, facts: ParentErrorFacts[C], options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.facts = facts
  }
}

/** Whether `error` is a ParentError, and where `code` is given one with that code. */
export function isParentError<C extends ParentErrorCode = ParentErrorCode> (error: unknown, code?: C): error is ParentError<C> {
  return error instanceof ParentError && (code === undefined || error.code === code)
}

/** The message of whatever was thrown. */
export function messageOf (error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
