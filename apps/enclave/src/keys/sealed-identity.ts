import { createHash } from 'node:crypto'
import { EnclaveError } from '@enclave-signer/protocol'
import type { SealedKey } from '@enclave-signer/protocol'

/** What tells two sealed keys apart, without the sealed key itself. */
export interface SealedIdentity {
  /** SHA-256 over what the record binds, without its public key, and the seal. */
  readonly digest: string
  /** The record's public key; an import may not know it yet. */
  readonly publicKey: string | undefined
}

/**
 * The identity of a sealed key: all of its seal counts, and all of its record that the seal is bound to. An imported key's seal
 * knows nothing of its time of creation, so that an import can be repeated after an answer was lost.
 */
export function identityOf ({ record, seal }: SealedKey): SealedIdentity {
  const { keyId, keySpec, origin, createdAt, publicKey } = record
  const sealParts = Object.entries(seal).toSorted(([a], [b]) => a < b ? -1 : 1)
  const boundTime = origin === 'ENCLAVE' ? createdAt : ''
  const digest = createHash('sha256').update(JSON.stringify([keyId, keySpec, origin, boundTime, sealParts])).digest('hex')
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
