import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * socat's command line for one enclave's relay: TCP on loopback to the enclave's vsock port. Without `nodelay` an answer that follows
 * another one closely waits up to 40 ms for the acknowledgement of the first (Nagle's algorithm against delayed acknowledgements).
 */
export function socatArguments (relayPort: number, cid: number): string[] {
  return [`tcp-listen:${relayPort},fork,reuseaddr,bind=127.0.0.1,nodelay`, `vsock-connect:${cid}:${enclavePort}`]
}

/** The vsock port the enclave listens on; part of its image. */
const enclavePort = 8888

/**
 * Checks that nobody else listens on the relay's port: socat would only fail, but the parent would meanwhile talk to whoever does.
 *
 * @throws Error with a sentence for the log.
 */
export async function checkPortIsFree (port: number): Promise<void> {
  const server = createServer().listen({ host: '127.0.0.1', port })
  try {
    await once(server, 'listening')
  } catch (cause) {
    throw new Error(`port ${port} on 127.0.0.1 is in use by another program, perhaps another parent's relay; end it or set RELAY_PORT`, { cause })
  }
  server.close()
  await once(server, 'close')
}
