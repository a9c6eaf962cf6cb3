import type { Caller } from './caller.ts'
import type { ClientCertificate } from './credentials/client-certificate.ts'
import type { LocalHeaders } from './local-requests.ts'

/** What a request shows of whoever sent it. */
export interface PresentedCredentials extends LocalHeaders {
  /** The header of that name. */
  readonly authorization: string | undefined
  /** Of the connection; undefined where it has none. Asked for only where there is no header. */
  readonly certificate: () => ClientCertificate | undefined
}

/** Why nobody is known by the credentials, for log and metrics. */
export type RefusalReason =
  /** There are none. */
  | 'missing'
  /** None are needed on loopback, but the request names another host, as one of a page in a browser would. */
  | 'foreign'
  /** No bearer token, or a token that cannot be read. */
  | 'malformed'
  /** Nobody has them. */
  | 'unknown'
  /** More than one caller has them. */
  | 'ambiguous'
  /** Whoever vouches for them is not believed: another CA, a wrong signature, issuer or audience. */
  | 'untrusted'
  | 'not-yet-valid'
  | 'expired'
  /** A token that is taken once had been taken. */
  | 'used'
  /** The keys of the issuer cannot be fetched. */
  | 'issuer-unavailable'
  /** More tokens that are taken once are remembered than there is room for. */
  | 'overloaded'

/** Which credentials were looked at. */
export type CredentialKind = 'none' | 'token' | 'jwt' | 'certificate'

/** Nobody is known by them. */
export interface Refusal {
  readonly refused: RefusalReason
  readonly credential: CredentialKind
}

/** Who sent a request, or why nobody knows. */
export type Verdict = Caller | Refusal

/** Whether a verdict names nobody. */
export function isRefusal (verdict: Verdict): verdict is Refusal {
  return 'refused' in verdict
}

/** The one caller that credentials fit. Two that fit are refused rather than one of them taken for the other. */
export function onlyOne (fitting: readonly Caller[], credential: CredentialKind): Verdict {
  const [caller] = fitting
  if (caller === undefined) return { refused: 'unknown', credential }
  return fitting.every(other => other === caller) ? caller : { refused: 'ambiguous', credential }
}
