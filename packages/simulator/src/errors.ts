/** What can be wrong with the simulated host's own state or with what it is given. */
export type SimulatorErrorCode =
  | 'CPIO_MALFORMED'
  | 'DOCKERFILE_INVALID'
  | 'EIF_MALFORMED'
  | 'EIF_SIGNATURE_INVALID'
  | 'EIF_SIGNING_KEY_INVALID'
  | 'IMAGE_INVALID'
  | 'IMAGE_NOT_FOUND'
  | 'NOT_SIMULATED'
  | 'NSM_REFUSED'
  | 'PROGRAM_FAILED'
  | 'STATE_DIRECTORY_MISSING'
  | 'STATE_FILE_UNREADABLE'

/** Facts that go with a code: names and sizes, never contents. */
export interface SimulatorErrorFacts {
  /** The file, image or socket the error is about. */
  readonly subject?: string
  /** The NSM's own name of the error, such as `InputTooLarge` (nsm-api `ErrorCode`). */
  readonly nsmError?: string
  /** What was found, in bytes or as a count. */
  readonly actual?: number
  /** The most that is allowed, in the unit of `actual`. */
  readonly limit?: number
}

/** A fault of the simulated host. `code` is stable; the message holds names and sizes only. */
export class SimulatorError extends Error {
  override readonly name = 'SimulatorError'
  readonly code: SimulatorErrorCode
  readonly facts: SimulatorErrorFacts

  constructor (code: SimulatorErrorCode, message: string, options: ErrorOptions & { facts?: SimulatorErrorFacts } = {}) {
    super(message, options)
    this.code = code
    this.facts = options.facts ?? {}
  }
}
