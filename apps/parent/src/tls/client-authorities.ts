import type { X509Certificate } from 'node:crypto'

/** Authorities of client certificates: those of one state of TLS_CLIENT_CA_FILE. */
export class ClientAuthorities {
  /** PEM, as it stands in the file. */
  readonly pem: string
  readonly #byFingerprint: ReadonlyMap<string, X509Certificate>

  constructor (pem: string, certificates: readonly X509Certificate[]) {
    this.pem = pem
    this.#byFingerprint = new Map(certificates.map(certificate => [certificate.fingerprint256, certificate]))
  }

  /** How many there are. */
  get size (): number {
    return this.#byFingerprint.size
  }

  /**
   * Whether a certificate that a handshake led back to one of `earlier` would be led back to one of these. Nobody tells to which one it
   * was: Node forgets the chain where the client sends certificates between. So it counts where none has been taken out since, or one
   * that has stayed issued the certificate itself; everybody else makes a new handshake.
   */
  stillVouchFor (certificate: X509Certificate, earlier: ClientAuthorities): boolean {
    const stayed = Array.from(this.#byFingerprint.values()).filter(({ fingerprint256 }) => earlier.#byFingerprint.has(fingerprint256))
    return stayed.length === earlier.size || stayed.some(authority => isRoot(authority) && hasIssued(authority, certificate))
  }
}

/** A chain ends with one that is its own issuer; OpenSSL takes no other end. */
export function isRoot (certificate: X509Certificate): boolean {
  return hasIssued(certificate, certificate)
}

function hasIssued (authority: X509Certificate, certificate: X509Certificate): boolean {
  return certificate.checkIssued(authority) && certificate.verify(authority.publicKey)
}
