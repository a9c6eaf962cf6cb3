import { Agent } from 'node:https'
import { connect } from 'node:tls'
import type { TLSSocket } from 'node:tls'

/** Where KMS is and how it is known. */
export interface KmsConnection {
  /** Path of the Unix socket whose other end is meant to be KMS. */
  readonly socketPath: string
  /** The one host name that KMS's certificate must carry. */
  readonly host: string
  /** The only roots believed, as PEM. */
  readonly roots: readonly string[]
}

/** Connections to KMS held at once: what a vsock-proxy serves at a time unless told otherwise (its option `--num_workers`). */
const maxSockets = 4

/**
 * Ends TLS to KMS here, inside the enclave: whatever lies behind the socket has to prove to be `host` under `roots`.
 * A certificate of anybody else's, or of another name, ends the connection before a byte of a request is sent.
 */
export class KmsTlsAgent extends Agent {
  readonly #connection: KmsConnection

  constructor (connection: KmsConnection) {
    super({ keepAlive: true, maxSockets, maxCachedSessions: 0 })
    this.#connection = connection
  }

  override createConnection (): TLSSocket {
    const { socketPath, host, roots } = this.#connection
    return connect({
      path: socketPath,
      servername: host,
      ca: [...roots],
      minVersion: 'TLSv1.2',
      rejectUnauthorized: true,
      ALPNProtocols: ['http/1.1'],
    })
  }
}
