import { chmodSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import { once } from 'node:events'
import { serveConnection } from '@enclave-signer/protocol'
import type { EnclaveHandlers, ServedConnection } from '@enclave-signer/protocol'
import { traceOf } from '../log.ts'
import type { Log } from '../log.ts'
import { longestIdle } from './longest-idle.ts'

/** What is served and within what bounds. */
export interface ListenerOptions {
  /** Path of the Unix socket; a file left there by an earlier life is removed. */
  readonly socketPath: string
  readonly handlers: EnclaveHandlers
  readonly maxConnections: number
  readonly requestsInFlight: number
  readonly log: Log
}

/** A listening server. */
export interface Listener {
  /** Settles when the server and every connection are closed. */
  readonly closed: Promise<void>
  close (): Promise<void>
}

/**
 * Serves the protocol on a Unix socket. Over `maxConnections` the longest idle connection is dropped for the new one, so
 * that whoever opens connections without end takes places from himself.
 */
export async function listen (options: ListenerOptions): Promise<Listener> {
  const { socketPath, maxConnections, log } = options
  const connections = new Set<ServedConnection>()
  const server = createServer({ allowHalfOpen: true, noDelay: false }, socket => {
    if (connections.size >= maxConnections) {
      longestIdle(connections)?.destroy()
      log({ level: 'warn', event: 'connection.dropped', count: connections.size })
    }
    serve(socket, options, connections)
  })
  rmSync(socketPath, { force: true })
  await listening(server, socketPath)
  chmodSync(socketPath, 0o600)
  const closed = once(server, 'close').then(() => undefined)
  return {
    closed,
    close: async () => {
      server.close()
      for (const connection of connections) connection.destroy()
      await closed
    },
  }
}

function serve (socket: Socket, { handlers, requestsInFlight, log }: ListenerOptions, connections: Set<ServedConnection>): void {
  const connection = serveConnection(socket, handlers, {
    requestsInFlight,
    onInternalError: (method, _error, call) => { log({ level: 'error', event: 'request.failed', method, code: 'INTERNAL', ...traceOf(call) }) },
  })
  connections.add(connection)
  log({ level: 'info', event: 'connection.opened', count: connections.size })
  connection.closed.then(() => {
    connections.delete(connection)
    log({ level: 'info', event: 'connection.closed', count: connections.size })
  }, () => undefined)
}

async function listening (server: Server, socketPath: string): Promise<void> {
  server.listen({ path: socketPath, backlog: 511 })
  await once(server, 'listening')
}
