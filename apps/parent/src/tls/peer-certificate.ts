import type { X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'

import { namesOf } from '../callers/credentials/client-certificate.ts'
import type { CertificateNames, ClientCertificate } from '../callers/credentials/client-certificate.ts'
import type { ClientAuthorities } from './client-authorities.ts'

/** The certificate of a connection, which its handshake found good. */
interface Peer {
  readonly certificate: X509Certificate
  readonly names: CertificateNames
  /** Unix time in milliseconds. */
  readonly expiresAt: number
  /** Those its handshake was checked against. */
  readonly verifiedBy: ClientAuthorities
  /** Whether those it was last judged by vouch for it: a connection asks often, and they seldom change. */
  latest: { readonly authorities: ClientAuthorities, readonly vouch: boolean }
}

const peers = new WeakMap<TLSSocket, Peer>()

/** What a connection's certificate is judged by. */
export interface Judging {
  /** Those its handshake was checked against; undefined where that is not known. */
  readonly verifiedBy: ClientAuthorities | undefined
  /** Those that are believed now. */
  readonly believed: ClientAuthorities | undefined
  /** Unix time in milliseconds. */
  readonly now: number
}

/** What is now to be made of the certificate of a connection, which may have been open for long; undefined where the client showed none. */
export function clientCertificateOf (socket: TLSSocket, judging: Judging): ClientCertificate | undefined {
  const peer = peers.get(socket)
  if (peer !== undefined) return judge(peer, judging)
  const certificate = socket.getPeerX509Certificate()
  if (certificate === undefined) return undefined
  if (!socket.authorized) return { state: refusedFor(socket.authorizationError) }
  const { verifiedBy } = judging
  if (verifiedBy === undefined) return { state: 'untrusted' }
  const fresh: Peer = {
    certificate,
    names: namesOf(certificate),
    expiresAt: certificate.validToDate.getTime(),
    verifiedBy,
    latest: { authorities: verifiedBy, vouch: true },
  }
  peers.set(socket, fresh)
  return judge(fresh, judging)
}

function judge (peer: Peer, { believed, now }: Judging): ClientCertificate {
  if (believed === undefined || !vouches(believed, peer)) return { state: 'untrusted' }
  return now < peer.expiresAt ? { state: 'trusted', names: peer.names } : { state: 'expired' }
}

function vouches (authorities: ClientAuthorities, peer: Peer): boolean {
  if (peer.latest.authorities !== authorities) {
    peer.latest = { authorities, vouch: authorities.stillVouchFor(peer.certificate, peer.verifiedBy) }
  }
  return peer.latest.vouch
}

/** OpenSSL's word for what is wrong with the chain. */
function refusedFor (reason: unknown): 'untrusted' | 'expired' | 'not-yet-valid' {
  if (reason === 'CERT_HAS_EXPIRED') return 'expired'
  return reason === 'CERT_NOT_YET_VALID' ? 'not-yet-valid' : 'untrusted'
}
