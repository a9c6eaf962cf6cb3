import { EnclaveError, encodeBase64 } from '@enclave-signer/protocol'
import type { Call, EnclaveSealedKey, KeyRecord, KeySpec, SealedKey } from '@enclave-signer/protocol'
import { encryptionContextOf } from '@enclave-signer/protocol'
import { erase } from '../bytes.ts'
import type { DataKey, Kms } from '../kms/kms.ts'
import { traceOf } from '../log.ts'
import type { Log } from '../log.ts'
import { openPrivateKey } from '../signing/open-private-key.ts'
import type { PrivateKey } from '../signing/private-key.ts'
import { Turns } from '../turns.ts'
import { generatePrivateKey } from './generate-private-key.ts'
import { KeyCache } from './key-cache.ts'
import type { LoadedKey } from './key-cache.ts'
import { expectSameKey, identityOf } from './sealed-identity.ts'
import { sealPrivateKey, unsealPrivateKey } from './seal.ts'
import { SingleFlight } from './single-flight.ts'

/** What a ring of keys works with. */
export interface KeyRingOptions {
  readonly kms: Kms
  /** Most keys held at once. */
  readonly capacity: number
  /** The enclave's clock, Unix time in milliseconds. */
  readonly now: () => number
  readonly log: Log
}

/** Keys being unsealed or made at once; the next one is refused, for the parent may ask without end. */
const maxUnderWay = 512
/** Keys made at once: RSA primes take whole processors. */
const maxMakings = 2

/** The unsealed keys: unseals each once however many ask, and never holds two keys under one id. */
export class KeyRing {
  readonly #options: KeyRingOptions
  readonly #cache: KeyCache
  readonly #flights = new SingleFlight<LoadedKey>(maxUnderWay)
  readonly #making = new Turns({ parallel: maxMakings, maxWaiting: maxUnderWay })
  #closed = false

  constructor (options: KeyRingOptions) {
    this.#options = options
    this.#cache = new KeyCache(options.capacity, keyId => { options.log({ level: 'info', event: 'key.erased', keyId }) })
  }

  /** How many keys are held. */
  get size (): number {
    return this.#cache.size
  }

  /**
   * The key under an id.
   *
   * @throws EnclaveError `KEY_NOT_LOADED`.
   */
  get (keyId: string): LoadedKey {
    const key = this.#cache.get(keyId)
    if (key === undefined) throw new EnclaveError('KEY_NOT_LOADED', `${keyId} is not loaded`)
    return key
  }

  /**
   * Unseals a key and holds it under its id; one that is held already is only compared.
   *
   * @param call - for the log; of calls for one key at once, the first.
   * @returns the key's public record, with the public key derived from the private key.
   * @throws EnclaveError `KEY_CONFLICT`, `SEAL_BROKEN`, `INVALID_KEY`, `PUBLIC_KEY_MISMATCH`, `OVERLOADED` and those of KMS.
   */
  async load (sealedKey: SealedKey, call: Partial<Call> = {}): Promise<KeyRecord> {
    const { keyId } = sealedKey.record
    const identity = identityOf(sealedKey)
    const work = `load ${identity.digest} ${identity.publicKey ?? ''}`
    const { record } = await this.#flights.do(keyId, work, async () => {
      const held = this.#cache.get(keyId)
      if (held === undefined) return await this.#unseal(sealedKey, call)
      expectSameKey(held.sealedAs, identity, keyId)
      return held
    })
    return record
  }

  /**
   * Makes a key, seals it and forgets it: only a key that has been stored comes back, through {@link KeyRing.load}. An answer
   * that is lost on its way therefore takes nothing with it, and the id stays free.
   *
   * @param call - `expiresMs`: when it need no longer be begun, by `performance.now()`.
   * @throws EnclaveError `OVERLOADED`, `DEADLINE_EXCEEDED` and those of KMS.
   */
  async generate (keyId: string, keySpec: KeySpec, call: Partial<Call> = {}): Promise<EnclaveSealedKey> {
    return await this.#making.run(async () => {
      const dataKey = await this.#options.kms.generateDataKey(encryptionContextOf({ keyId, keySpec, origin: 'ENCLAVE' }))
      try {
        const sealedKey = await this.#makeUnder(dataKey, keyId, keySpec)
        this.#options.log({ level: 'info', event: 'key.generated', keyId, keySpec, ...traceOf(call) })
        return sealedKey
      } finally {
        erase(dataKey.plaintext)
      }
    }, call.expiresMs)
  }

  /** Erases every key, for good: one that is being unsealed is erased when it comes. */
  clear (): void {
    this.#closed = true
    this.#cache.clear()
  }

  async #unseal (sealedKey: SealedKey, call: Partial<Call>): Promise<LoadedKey> {
    const pkcs8 = await unsealPrivateKey(sealedKey, this.#options.kms)
    const privateKey = await this.#open(pkcs8, sealedKey.record.keySpec)
    const publicKey = encodeBase64(privateKey.publicKey)
    const claimed = sealedKey.record.publicKey
    if (claimed !== undefined && claimed !== publicKey) {
      privateKey.erase()
      throw new EnclaveError('PUBLIC_KEY_MISMATCH', `the public key of ${sealedKey.record.keyId} is not the one in its record`)
    }
    const { keyId, keySpec, origin, createdAt } = sealedKey.record
    const key = this.#hold({ keyId, keySpec, origin, publicKey, createdAt }, sealedKey, privateKey)
    this.#options.log({ level: 'info', event: 'key.loaded', keyId, keySpec, ...traceOf(call) })
    return key
  }

  async #makeUnder (dataKey: DataKey, keyId: string, keySpec: KeySpec): Promise<EnclaveSealedKey> {
    const pkcs8 = await generatePrivateKey(keySpec)
    const createdAt = new Date(this.#options.now()).toISOString()
    try {
      const privateKey = await openPrivateKey(pkcs8, keySpec)
      const publicKey = encodeBase64(privateKey.publicKey)
      privateKey.erase()
      return sealPrivateKey(pkcs8, { keyId, keySpec, origin: 'ENCLAVE', publicKey, createdAt }, dataKey)
    } finally {
      erase(pkcs8)
    }
  }

  async #open (pkcs8: Buffer, keySpec: KeySpec): Promise<PrivateKey> {
    try {
      return await openPrivateKey(pkcs8, keySpec)
    } finally {
      erase(pkcs8)
    }
  }

  #hold (record: KeyRecord, sealedKey: SealedKey, privateKey: PrivateKey): LoadedKey {
    if (this.#closed) {
      privateKey.erase()
      throw new EnclaveError('KEY_NOT_LOADED', 'the enclave is being closed')
    }
    const sealedAs = { ...identityOf(sealedKey), publicKey: record.publicKey }
    const key: LoadedKey = { record: Object.freeze(record), sealedAs, privateKey }
    this.#cache.add(key)
    return key
  }
}
