import { once } from 'node:events'
import { createServer } from 'node:net'

import { heartbeatPort, parentCid } from '../../vsock/vsock-path.ts'
import { NitroCliFailure } from '../failure.ts'

/**
 * Takes the vsock port on which the parent waits for a booting enclave's heartbeat. One process has it at a time, so that one enclave boots
 * at a time. The port is an abstract socket (unix(7)), which is taken in one step and gone with its process.
 *
 * @param vsockDirectory - Tells one host from another.
 * @returns what gives the port back.
 * @throws NitroCliFailure E36 when an enclave is booting already.
 */
export async function takeHeartbeatPort (vsockDirectory: string): Promise<() => void> {
  const server = createServer((socket) => { socket.destroy() })
  try {
    server.listen(`\0${vsockDirectory}/${parentCid}-${heartbeatPort}`)
    await once(server, 'listening')
  } catch (cause) {
    throw new NitroCliFailure('E36', 'Enclave boot heartbeat vsock connection - vsock bind error', { within: bootSubactions, cause })
  }
  return () => { server.close() }
}

/** The actions around a boot, from the inside out. */
export const bootSubactions = ['Failed to create enclave', 'Failed to run enclave', 'Failed to trigger enclave run', 'Failed to execute command `Run`']
