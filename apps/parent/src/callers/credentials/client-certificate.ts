/** The names a certificate was issued for. */
export interface CertificateNames {
  /** As RFC 2253 writes it: the last part of the name first. */
  readonly subject: string
  readonly dnsNames: readonly string[]
  readonly uris: readonly string[]
}

/** The certificate of a connection, as the TLS handshake and the clock judge it. Only a `trusted` one names anybody. */
export type ClientCertificate =
  | { readonly state: 'trusted', readonly names: CertificateNames }
  | { readonly state: 'untrusted' | 'expired' | 'not-yet-valid' }

/** What `X509Certificate` has of names. Whatever Node's types say, a subject without any part, as SPIFFE identities have, is undefined. */
interface NamedCertificate {
  readonly subject?: string | undefined
  readonly subjectAltName?: string | undefined
}

/** The names of a certificate, which the handshake must have found good. */
export function namesOf ({ subject = '', subjectAltName = '' }: NamedCertificate): CertificateNames {
  const names = alternativeNames(subjectAltName)
  const ofKind = (kind: string): string[] => names.filter(name => name.kind === kind).map(({ value }) => value)
  return { subject: rfc2253(subject), dnsNames: ofKind('DNS'), uris: ofKind('URI') }
}

/**
 * Node writes a part of the subject a line, the first one first, and joins the attributes of one part with " + "; line breaks, commas
 * and plus signs inside of a value are escaped (`X509Certificate.subject`).
 */
function rfc2253 (subject: string): string {
  return subject.split('\n').reverse().map(part => part.split(' + ').reverse().join('+')).join(',')
}

/**
 * Node separates the names by ", " and writes one that could be mistaken for two as a JSON string, its commas escaped
 * (`X509Certificate.subjectAltName`).
 */
function alternativeNames (text: string): { kind: string, value: string }[] {
  return text.split(', ').map(name => {
    const colon = name.indexOf(':')
    const value = name.slice(colon + 1)
    return { kind: name.slice(0, colon), value: value.startsWith('"') ? JSON.parse(value) as string : value }
  })
}
