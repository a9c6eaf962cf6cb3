import type { EnclaveConfig } from '../config/config.ts'

/** The vsock port that the parent's relay calls. */
const enclavePort = 8888
/** `VMADDR_CID_PARENT` of Nitro: the parent instance as its enclaves see it (AWS Nitro Enclaves, networking). */
const parentCid = 3

/** Bridges that are just ending while others begin in their place. */
const spareChildren = 16
/** The connections that the KMS client holds at once, and as many again three times over that are just ending. */
const kmsChildren = 16
/** A call to KMS is over, answered or not, within 15 s; what has been silent for this long, in seconds, is no call. */
const kmsSilenceSeconds = 60

/**
 * socat's command line from vsock to the program's socket. Whatever the parent opens becomes a connection of the program's, which drops
 * the longest idle one over its limit; the bridge of a dropped one ends half a second later at the latest (socat's `-t`). So connections
 * that are held open for no use make room when it is needed, and no time limit (`-T`) has to guess when they are idle; `max-children`
 * bounds the processes, and over it the rest waits in the kernel. One that is never read from can keep its bridge: the parent then takes
 * places from himself.
 */
export function parentBridgeArguments ({ listenSocket, limits }: Pick<EnclaveConfig, 'listenSocket' | 'limits'>): string[] {
  return [
    `VSOCK-LISTEN:${enclavePort},fork,reuseaddr,max-children=${limits.connections + spareChildren}`,
    `UNIX-CONNECT:${listenSocket}`,
  ]
}

/**
 * socat's command line from the program's KMS socket to the parent's vsock-proxy. Only the program reaches that socket. A parent that lets
 * connections hang is what `-T` is for: it frees our places, and the workers of the vsock-proxy, which serves four connections at a time.
 */
export function kmsBridgeArguments ({ kmsSocket, kmsProxyPort }: Pick<EnclaveConfig, 'kmsSocket' | 'kmsProxyPort'>): string[] {
  return [
    `-T${kmsSilenceSeconds}`,
    `UNIX-LISTEN:${kmsSocket},fork,unlink-early,mode=0600,max-children=${kmsChildren}`,
    `VSOCK-CONNECT:${parentCid}:${kmsProxyPort}`,
  ]
}
