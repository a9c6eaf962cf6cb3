import { once } from 'node:events'
import { connect } from 'node:net'

import { createClient } from '@enclave-signer/protocol'
import type { ProtocolClient } from '@enclave-signer/protocol'

import { ParentError } from '../errors.ts'

const connectTimeoutMs = 2000

/**
 * Connects to the enclave's relay on loopback. That it connects says only that the relay listens: the enclave behind it has answered
 * once `hello` has.
 *
 * @param port - TCP port of the relay.
 * @param deadlineMs - how long the enclave may take over one request.
 * @throws ParentError `ENCLAVE_UNREACHABLE`.
 */
export async function connectToEnclave (port: number, deadlineMs: number, signal: AbortSignal): Promise<ProtocolClient> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true, keepAlive: true })
  try {
    await once(socket, 'connect', { signal: AbortSignal.any([signal, AbortSignal.timeout(connectTimeoutMs)]) })
  } catch (cause) {
    socket.on('error', () => undefined).destroy()
    throw new ParentError('ENCLAVE_UNREACHABLE', `nothing listens on the relay's port ${port}`, { port }, { cause })
  }
  return createClient(socket, { deadlineMs })
}
