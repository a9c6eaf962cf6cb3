import type { X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'

import { namesOf } from '../callers/credentials/client-certificate.ts'
import type { CertificateNames, ClientCertificate } from '../callers/credentials/client-certificate.ts'

/** What stays the same of a connection's certificate while it is open. */
interface Peer {
  readonly names: CertificateNames
  /** SHA-256 of the authority that the handshake led the certificate back to. */
  readonly authority: string
  /** Unix time in milliseconds. */
  readonly expiresAt: number
}

const peers = new WeakMap<TLSSocket, Peer>()

/**
 * What is now to be made of the certificate of a connection, which may have been open for long; undefined where the client showed none.
 * `authorities` are the fingerprints of those that are believed now, `now` is unix time in milliseconds.
 */
export function clientCertificateOf (socket: TLSSocket, authorities: ReadonlySet<string>, now: number): ClientCertificate | undefined {
  const peer = peers.get(socket)
  if (peer !== undefined) return judge(peer, authorities, now)
  const certificate = socket.getPeerX509Certificate()
  if (certificate === undefined) return undefined
  if (!socket.authorized) return { state: refusedFor(socket.authorizationError) }
  const fresh = peerOf(socket, certificate)
  peers.set(socket, fresh)
  return judge(fresh, authorities, now)
}

function peerOf (socket: TLSSocket, certificate: X509Certificate): Peer {
  const authority = authorityOf(socket.getPeerCertificate(true))
  return { names: namesOf(certificate), authority, expiresAt: certificate.validToDate.getTime() }
}

/** Node leaves the issuer out where it knows none. */
interface LinkedCertificate {
  fingerprint256: string
  issuerCertificate?: LinkedCertificate
}

/** The end of the chain, which is its own issuer. */
function authorityOf (certificate: LinkedCertificate): string {
  const { issuerCertificate: issuer } = certificate
  return issuer === undefined || issuer === certificate ? certificate.fingerprint256 : authorityOf(issuer)
}

function judge ({ names, authority, expiresAt }: Peer, authorities: ReadonlySet<string>, now: number): ClientCertificate {
  if (!authorities.has(authority)) return { state: 'untrusted' }
  return now < expiresAt ? { state: 'trusted', names } : { state: 'expired' }
}

/** OpenSSL's word for what is wrong with the chain. */
function refusedFor (reason: unknown): 'untrusted' | 'expired' | 'not-yet-valid' {
  if (reason === 'CERT_HAS_EXPIRED') return 'expired'
  return reason === 'CERT_NOT_YET_VALID' ? 'not-yet-valid' : 'untrusted'
}
