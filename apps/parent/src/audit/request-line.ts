import { hash } from 'node:crypto'

import type { LineMembers } from '../journal/chained-line.ts'
import type { AuditFacts, AuditResult } from './audit.ts'
import { signatureR } from './signature-r.ts'

/**
 * How a request ended: `ok`; `refused`, which nothing came of; `unknown`, where the exchange with the enclave broke off: it may have done
 * what it was asked, but nothing of that has left this service.
 */
export type AuditOutcome = 'ok' | 'refused' | 'unknown'

/** A request and its end. */
export interface RequestLine extends LineMembers {
  readonly kind: 'request'
  readonly outcome: AuditOutcome
}

interface RequestEnd {
  readonly outcome: AuditOutcome
  readonly code?: string
  readonly result?: AuditResult
}

/** The line of a request. Messages, signatures and keys stand in it as the SHA-256 of their bytes. */
export function requestLine (at: string, facts: AuditFacts, end: RequestEnd): RequestLine {
  const { requestId, caller, action, route, address, keyId, keySpec, sequence } = facts
  const { signingAlgorithm, messageType, signatureFormat, message } = facts
  const { outcome, code, result: { signature, publicKey } = {} } = end
  // Members that are undefined are left out of JSON.
  const line = {
    at,
    kind: 'request' as const,
    requestId,
    caller,
    action,
    route,
    address,
    keyId,
    keySpec,
    signingAlgorithm,
    messageType,
    signatureFormat,
    messageSha256: sha256Of(message),
    sequence,
    signatureSha256: sha256Of(signature),
    signatureR: signature === undefined ? undefined : signatureR(signature, { keySpec, signatureFormat }),
    publicKeySha256: sha256Of(publicKey),
    outcome,
    code,
  }
  return line
}

function sha256Of (base64: string | undefined): string | undefined {
  return base64 === undefined ? undefined : hash('sha256', Buffer.from(base64, 'base64'))
}
