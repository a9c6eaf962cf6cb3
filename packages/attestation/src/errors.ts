import type { AttestationErrorCode, AttestationErrorFacts } from './error-facts.ts'
import { messages } from './error-messages.ts'

/** Every code there is, in the order of the README's table. */
export const attestationErrorCodes = Object.freeze(Object.keys(messages) as AttestationErrorCode[])

/**
 * An attestation document, or what the caller asked of it, broke one rule.
 *
 * `code` names the rule and is part of the contract; `facts` are that rule's particulars. The message is constant per
 * code and safe to log; `facts` and `cause` may repeat parts of a hostile document.
 */
export class AttestationError<Code extends AttestationErrorCode = AttestationErrorCode> extends Error {
  override readonly name = 'AttestationError'
  readonly code: Code
  readonly facts: AttestationErrorFacts[Code]

  constructor (code: Code, facts: AttestationErrorFacts[Code], options?: ErrorOptions) {
    super(messages[code], options)
    this.code = code
    this.facts = facts
  }
}

/** Whether `error` is an `AttestationError`, and where `code` is given one with that code, whose facts are then typed. */
export function isAttestationError<Code extends AttestationErrorCode = AttestationErrorCode> (
  error: unknown, code?: Code
): error is AttestationError<Code> {
  return error instanceof AttestationError && (code === undefined || error.code === code)
}
