import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { createConnection } from 'node:net'
import type { Server } from 'node:net'

/**
 * Listens on a Unix socket whose last owner may have been killed: a socket nobody answers on is replaced.
 *
 * @throws Error `EADDRINUSE` when somebody does.
 */
export async function listenOnSocket (server: Server, path: string): Promise<void> {
  try {
    server.listen(path)
    await once(server, 'listening')
  } catch (error) {
    if (!isInUse(error) || await isAnswered(path)) throw error
    rmSync(path, { force: true })
    server.listen(path)
    await once(server, 'listening')
  }
}

function isInUse (error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
}

async function isAnswered (path: string): Promise<boolean> {
  const socket = createConnection(path)
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
