import type { KeyRecord } from '@enclave-signer/protocol'
import type { PrivateKey } from '../signing/private-key.ts'
import type { SealedIdentity } from './sealed-identity.ts'

/** An unsealed key and what it was unsealed from. */
export interface LoadedKey {
  readonly record: KeyRecord
  readonly sealedAs: SealedIdentity
  readonly privateKey: PrivateKey
}

/** A bounded number of unsealed keys by their ids. The least recently used one is erased when another needs its place. */
export class KeyCache {
  readonly #keys = new Map<string, LoadedKey>()
  readonly #capacity: number
  readonly #onErased: (keyId: string) => void

  constructor (capacity: number, onErased: (keyId: string) => void = () => undefined) {
    this.#capacity = capacity
    this.#onErased = onErased
  }

  /** How many keys are held. */
  get size (): number {
    return this.#keys.size
  }

  /** The key under an id, which counts as using it. */
  get (keyId: string): LoadedKey | undefined {
    const key = this.#keys.get(keyId)
    if (key === undefined) return undefined
    this.#keys.delete(keyId)
    this.#keys.set(keyId, key)
    return key
  }

  /** Holds a key under its id; there must be none under it. */
  add (key: LoadedKey): void {
    for (const oldest of this.#keys.keys()) {
      if (this.#keys.size < this.#capacity) break
      this.#erase(oldest)
    }
    this.#keys.set(key.record.keyId, key)
  }

  /** Erases every key. */
  clear (): void {
    for (const keyId of this.#keys.keys()) this.#erase(keyId)
  }

  #erase (keyId: string): void {
    this.#keys.get(keyId)?.privateKey.erase()
    this.#keys.delete(keyId)
    this.#onErased(keyId)
  }
}
