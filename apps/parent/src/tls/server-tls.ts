import type { RequestListener, ServerOptions } from 'node:http'
import { createServer } from 'node:https'
import type { Server } from 'node:https'
import type { TLSSocket } from 'node:tls'

import type { ClientCertificate } from '../callers/credentials/client-certificate.ts'
import type { ClientAuthorities } from './client-authorities.ts'
import { Handshakes } from './handshakes.ts'
import { clientCertificateOf } from './peer-certificate.ts'
import { contextOptions } from './secure-context.ts'
import type { TlsMaterial } from './secure-context.ts'

/** TLS of the API: certificates that can be replaced while it runs, and who the clients are. */
export class ServerTls {
  readonly #servers = new Set<Server>()
  readonly #handshakes = new Handshakes<ClientAuthorities | undefined>()
  #material: TlsMaterial

  constructor (material: TlsMaterial) {
    this.#material = material
  }

  /** Those that are believed now. */
  get clientAuthorities (): ClientAuthorities | undefined {
    return this.#material.clientAuthorities
  }

  /** An HTTPS server; client certificates are asked for where there are authorities for them, and none is required. */
  createServer (options: ServerOptions, listener: RequestListener): Server {
    const requestCert = this.#material.clientAuthorities !== undefined
    const server = createServer({ ...options, ...contextOptions(this.#material), requestCert, rejectUnauthorized: false }, listener)
    this.#servers.add(server)
    this.#handshakes.watch(server, () => this.#material.clientAuthorities)
    server.once('close', () => { this.#servers.delete(server) })
    return server
  }

  /** Connections from now on get these; those open go on, but for client certificates that an authority taken out may have vouched for. */
  replace (material: TlsMaterial): void {
    this.#material = material
    for (const server of this.#servers) server.setSecureContext(contextOptions(material))
  }

  /** The certificate that the client of a connection showed; undefined where it showed none. */
  clientCertificateOf (socket: TLSSocket, now: number): ClientCertificate | undefined {
    const verifiedBy = this.#handshakes.of(socket)
    return clientCertificateOf(socket, { verifiedBy, believed: this.#material.clientAuthorities, now })
  }
}
