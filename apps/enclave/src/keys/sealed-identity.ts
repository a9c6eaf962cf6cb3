import { createHash } from 'node:crypto'
import { EnclaveError } from '@enclave-signer/protocol'
import type { SealedKey } from '@enclave-signer/protocol'

/** What tells two sealed keys apart, without the sealed key itself. */
export interface SealedIdentity {
  /** SHA-256 over the record without its public key, and the seal. */
  readonly digest: string
  /** The record's public key; an import may not know it yet. */
  readonly publicKey: string | undefined
}

/** The identity of a sealed key: every byte of its record and its seal counts. */
export function identityOf ({ record, seal }: SealedKey): SealedIdentity {
  const { keyId, keySpec, origin, createdAt, publicKey } = record
  const sealParts = Object.entries(seal).toSorted(([a], [b]) => a < b ? -1 : 1)
  const digest = createHash('sha256').update(JSON.stringify([keyId, keySpec, origin, createdAt, sealParts])).digest('hex')
  return { digest, publicKey }
}

/**
 * Holds a sealed key against the key that is held under its id, whose public key is known.
 *
 * @throws EnclaveError `KEY_CONFLICT` for another key; `PUBLIC_KEY_MISMATCH` for the same with another public key claimed.
 */
export function expectSameKey (held: SealedIdentity, asked: SealedIdentity, keyId: string): void {
  if (held.digest !== asked.digest) throw new EnclaveError('KEY_CONFLICT', `another key is loaded as ${keyId}`)
  if (asked.publicKey !== undefined && asked.publicKey !== held.publicKey) {
    throw new EnclaveError('PUBLIC_KEY_MISMATCH', `the public key of ${keyId} is not the one in its record`)
  }
}
