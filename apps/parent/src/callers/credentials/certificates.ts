import type { Caller } from '../caller.ts'
import type { CredentialEntry } from '../callers-file.ts'
import { onlyOne } from '../verdict.ts'
import type { Verdict } from '../verdict.ts'
import type { CertificateNames, ClientCertificate } from './client-certificate.ts'

type CertificateEntry = NonNullable<CredentialEntry['clientCertificate']>

/** Callers that are known by a client certificate. */
export class Certificates {
  readonly #known: readonly { entry: CertificateEntry, caller: Caller }[]
  /** A connection shows the same names with each request. */
  readonly #verdicts = new WeakMap<CertificateNames, Verdict>()

  constructor (known: readonly { entry: CertificateEntry, caller: Caller }[]) {
    this.#known = known
  }

  callerOf (certificate: ClientCertificate): Verdict {
    if (certificate.state !== 'trusted') return { refused: certificate.state, credential: 'certificate' }
    const { names } = certificate
    const known = this.#verdicts.get(names)
    if (known !== undefined) return known
    const verdict = onlyOne(this.#known.filter(({ entry }) => fits(entry, names)).map(({ caller }) => caller), 'certificate')
    this.#verdicts.set(names, verdict)
    return verdict
  }
}

/** One member of the entry is set. */
function fits ({ subject, dns, uri, spiffeId }: CertificateEntry, names: CertificateNames): boolean {
  if (subject !== undefined) return subject === names.subject
  if (dns !== undefined) return names.dnsNames.includes(dns)
  if (uri !== undefined) return names.uris.includes(uri)
  // A certificate with more URIs than one is no SPIFFE identity (X509-SVID, section 2).
  return spiffeId !== undefined && names.uris.length === 1 && names.uris[0] === spiffeId
}
