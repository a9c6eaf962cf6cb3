import { createConnection, createServer } from 'node:net'
import type { Server, Socket } from 'node:net'

/** After one direction has ended, the other may be silent for this long (socat(1), option `-t`). */
const halfCloseMs = 500

/**
 * socat's `tcp-listen:…,fork unix-connect:…`: each accepted connection is joined with one to the target, with backpressure and half-close.
 *
 * @param once - Without `fork`, one connection is served and the listener closed.
 * @param report - Gets what goes wrong with a connection.
 */
export function createRelay (target: string, { once, report }: { once: boolean, report: (error: Error) => void }): Server {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (client) => {
    if (once) server.close()
    join(client, createConnection({ path: target, allowHalfOpen: true }), report)
  })
  return server
}

function join (one: Socket, other: Socket, report: (error: Error) => void): void {
  for (const [from, to] of [[one, other], [other, one]] as const) {
    from.on('error', (error) => {
      report(error)
      to.destroy()
    })
    from.once('end', () => { to.setTimeout(halfCloseMs, () => { to.destroy() }) })
    from.pipe(to)
  }
  one.resume()
}
