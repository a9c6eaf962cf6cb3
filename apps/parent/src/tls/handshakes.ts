import type { Server } from 'node:https'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'

/**
 * Which value was in force when the handshake of a connection began, and so which authorities its certificate was checked against. At the
 * handshake's end, or with the first request, another one may be: a client that takes its time would get in by one that is taken out.
 */
export class Handshakes<T> {
  /** By the addresses of both ends: Node does not tell whose TLS socket is over which TCP socket. */
  readonly #underWay = new Map<string, { value: T }>()
  readonly #ended = new WeakMap<TLSSocket, T>()

  /** `valueOf` is what a handshake begins with that begins now. */
  watch (server: Server, valueOf: () => T): void {
    server.on('connection', (socket: Socket) => {
      const key = keyOf(socket)
      const entry = { value: valueOf() }
      this.#underWay.set(key, entry)
      socket.once('close', () => {
        // The same addresses may meanwhile be those of another connection.
        if (this.#underWay.get(key) === entry) this.#underWay.delete(key)
      })
    })
    server.on('secureConnection', (socket: TLSSocket) => {
      const key = keyOf(socket)
      const entry = this.#underWay.get(key)
      this.#underWay.delete(key)
      if (entry !== undefined) this.#ended.set(socket, entry.value)
    })
  }

  /** What the handshake of this connection began with; undefined for a connection of no server that is watched. */
  of (socket: TLSSocket): T | undefined {
    return this.#ended.get(socket)
  }

  /** How many have not ended. */
  get underWay (): number {
    return this.#underWay.size
  }
}

function keyOf ({ localAddress, localPort, remoteAddress, remotePort }: Socket): string {
  return [localAddress, localPort, remoteAddress, remotePort].join(' ')
}
