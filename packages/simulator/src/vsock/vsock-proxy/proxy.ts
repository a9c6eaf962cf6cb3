import { createConnection, createServer } from 'node:net'
import type { Server, Socket } from 'node:net'

/** What a proxy needs to know of the outside. */
export interface ProxyWorld {
  readonly workers: number
  /**
   * Where the remote host listens: name resolution and routing of the simulated host.
   *
   * @throws Error when the name does not resolve.
   */
  readonly resolve: () => { readonly host: string, readonly port: number }
  /** Gets what the real proxy logs at its info level. */
  readonly log: (line: string) => void
}

/**
 * vsock-proxy's server: each connection goes to the resolved address through one of a fixed number of workers, the rest wait their turn.
 * There is no half-close: when either end has finished, both are closed. The server emits `error` when the name does not resolve, for the
 * real one ends at that.
 */
export function createProxyServer ({ workers, resolve, log }: ProxyWorld): Server {
  const waiting: Socket[] = []
  let busy = 0
  const server = createServer({ pauseOnConnect: true }, (client) => {
    log('Accepted connection on VsockAddr')
    client.on('error', () => undefined)
    try {
      resolve()
    } catch (error) {
      server.emit('error', error)
      return
    }
    waiting.push(client)
    startNext()
  })
  return server

  function startNext (): void {
    if (busy === workers) return
    const client = waiting.shift()
    if (!client) return
    busy++
    forward(client, resolve(), () => {
      busy--
      log('Client disconnected')
      startNext()
    })
  }
}

/** Joins a client with a new connection to the target; `done` is called once, when both have ended. */
function forward (client: Socket, target: { host: string, port: number }, done: () => void): void {
  const server = createConnection(target)
  let open = 2
  for (const [socket, other] of [[client, server], [server, client]] as const) {
    socket.on('error', () => undefined)
    socket.pipe(other)
    socket.once('close', () => {
      other.destroySoon()
      if (--open === 0) done()
    })
  }
  client.resume()
}
