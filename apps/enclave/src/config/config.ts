import { maxFrameBytes, maxMessageBytes } from '@enclave-signer/protocol'

/** Bounds of what a hostile parent can make the enclave hold at once. */
export interface EnclaveLimits {
  /** Unsealed keys held at once; the least recently used one is erased for the next. Default 1000. */
  readonly keys: number
  /** Connections held at once; the longest idle one is dropped for the next. Default 64. */
  readonly connections: number
  /** Requests in flight on one connection. Default 256. */
  readonly requestsInFlight: number
  /** Largest frame payload, in bytes: the protocol's own limit. */
  readonly frameBytes: number
  /** Largest `RAW` message, in bytes: KMS's own limit. */
  readonly messageBytes: number
}

/** Everything the enclave trusts. In production every value comes out of the measured image. */
export interface EnclaveConfig {
  /** AWS region of the KMS key, such as `eu-central-1`. */
  readonly region: string
  /** ARN of the one KMS key that seals and unseals. */
  readonly kmsKeyArn: string
  /** The vsock port of the parent instance where its vsock-proxy to KMS listens. Default 8000. */
  readonly kmsProxyPort: number
  /** Path of the Unix socket the enclave listens on. */
  readonly listenSocket: string
  /** Path of the Unix socket that leads, through relays nobody trusts, to KMS. */
  readonly kmsSocket: string
  readonly limits: EnclaveLimits
}

/** The limits where the environment names no others. */
export const defaultLimits: EnclaveLimits = Object.freeze({
  keys: 1000,
  connections: 64,
  requestsInFlight: 256,
  frameBytes: maxFrameBytes,
  messageBytes: maxMessageBytes,
})
