import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Server } from 'node:https'
import type { AddressInfo } from 'node:net'

import type { Connections } from './connections.ts'

/** Requests whose answers are under way. */
export type UnderWay = Map<ServerResponse, IncomingMessage>

/** Remembers a request until its answer is on its way or its connection is gone. */
export function track (underWay: UnderWay, request: IncomingMessage, response: ServerResponse): void {
  underWay.set(response, request)
  response.once('close', () => { underWay.delete(response) })
}

/** Listens on 127.0.0.1 and resolves with the port; 0 takes a free one. */
export async function listen (server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      resolve()
    })
  })
  return (server.address() as AddressInfo).port
}

/** Takes no more connections, drops requests that have not arrived whole, lets the others be answered, and closes every connection. */
export async function shutDown (server: Server, underWay: UnderWay, connections: Connections): Promise<void> {
  if (!server.listening) return
  const closed = new Promise(resolve => server.close(resolve))
  const answered = [...underWay].map(async ([response, request]) => {
    await new Promise(resolve => {
      response.once('close', resolve)
      if (!request.complete) request.destroy()
    })
  })
  await Promise.all(answered)
  connections.closeAll()
  await closed
}
