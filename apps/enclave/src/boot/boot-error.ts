import type { BootFailureCode } from '@enclave-signer/protocol'

/** The boot sequence cannot go on. `code` is stable; the message holds names and sizes only. */
export class BootError extends Error {
  override readonly name = 'BootError'
  readonly code: BootFailureCode

  constructor (code: BootFailureCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
