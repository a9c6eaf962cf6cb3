import { once } from 'node:events'
import { createServer } from 'node:net'

import { systemErrorCode } from './system-error.ts'

/** Listens for a moment: undefined when that works, else the code of what is in the way, such as `EADDRINUSE`. */
export async function tryToListen (host: string, port: number): Promise<string | undefined> {
  try {
    const server = createServer().listen({ host, port, exclusive: true })
    await once(server, 'listening')
    server.close()
    await once(server, 'close')
    return undefined
  } catch (error) {
    return systemErrorCode(error) ?? 'unknown error'
  }
}
