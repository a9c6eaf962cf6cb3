import { hash } from 'node:crypto'
import { digestBytesOf } from '@enclave-signer/protocol'
import type { SigningAlgorithm } from '@enclave-signer/protocol'
import { expectPointer, openssl } from './openssl.ts'
import type { Pointer } from './openssl.ts'

/** A hash function under its two names. */
export interface Digest {
  readonly name: 'sha256' | 'sha384' | 'sha512'
  /** OpenSSL's EVP_MD; it lives as long as the process. */
  readonly md: Pointer
}

const digests: Readonly<Record<32 | 48 | 64, Digest>> = { 32: load('sha256'), 48: load('sha384'), 64: load('sha512') }

/** The hash function of a signing algorithm. */
export function digestOf (algorithm: SigningAlgorithm): Digest {
  return digests[digestBytesOf(algorithm)]
}

/** The digest that a signing algorithm signs for a message. */
export function hashMessage (algorithm: SigningAlgorithm, message: Buffer): Buffer {
  return hash(digestOf(algorithm).name, message, 'buffer')
}

function load (name: Digest['name']): Digest {
  return { name, md: expectPointer(openssl.digestByName(name), 'EVP_get_digestbyname') }
}
