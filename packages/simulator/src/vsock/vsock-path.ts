import { createHash } from 'node:crypto'
import { realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The parent instance's CID (AWS Nitro Enclaves user guide; `VMADDR_CID_PARENT` of nitro-cli). */
export const parentCid = 3

/** Where the parent waits for an enclave's heartbeat (nitro-cli `ENCLAVE_READY_VSOCK_PORT`). */
export const heartbeatPort = 9000

/**
 * The folder that holds the Unix sockets standing for one host's vsock addresses. It lies under the system's temporary folder because a
 * socket's path has at most 107 bytes (unix(7)).
 *
 * @param directory - The host's state directory; must exist.
 */
export function vsockDirectory (directory: string): string {
  const digest = createHash('sha256').update(realpathSync(directory)).digest('hex')
  return join(tmpdir(), `nitro-sim-${digest.slice(0, 8)}`)
}

/**
 * The Unix socket that stands for a vsock address.
 *
 * @param directory - The host's state directory; must exist.
 * @param cid - Context id, unsigned 32 bits.
 * @param port - vsock port, unsigned 32 bits.
 */
export function vsockPath (directory: string, cid: number, port: number): string {
  return join(vsockDirectory(directory), vsockFileName(cid, port))
}

/** The file name of an address's socket inside {@link vsockDirectory}. */
export function vsockFileName (cid: number, port: number): string {
  return `${cid}-${port}.sock`
}
