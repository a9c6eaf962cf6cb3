import type { Server } from 'node:https'
import type { Socket } from 'node:net'

import type { Gate } from './gate.ts'

/** The TCP connections of a server. */
export interface Connections {
  /** How many are open. */
  count (): number
  /** Cuts every one of them, whatever is under way on it. */
  closeAll (): void
}

/** Puts a gate before a server's TLS: a connection that comes while the gate is shut is accepted, and its handshake waits. */
export function gateConnections (server: Server, gate: Gate): Connections {
  const open = new Set<Socket>()
  const handlers = server.listeners('connection')
  server.removeAllListeners('connection')
  server.on('connection', (socket: Socket) => {
    open.add(socket)
    socket.once('close', () => { open.delete(socket) })
    gate.pass(() => {
      if (socket.destroyed) return
      for (const handle of handlers) Reflect.apply(handle, server, [socket])
    })
  })
  return {
    count: () => open.size,
    closeAll () { for (const socket of open) socket.destroy() },
  }
}
