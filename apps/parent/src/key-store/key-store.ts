import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

import type { KeyRecord, SealedKey } from '@enclave-signer/protocol'

import type { SealedKeys } from '../enclave-client/loaded-keys.ts'
import { messageOf, ParentError } from '../errors.ts'
import type { Logger } from '../logger.ts'
import { createKeyFile, isPartialFile, keyIdOfFile, readKeyFile } from './key-file.ts'

/** A file of the key folder that is not shown as a key. */
export interface UnreadableKey {
  /** The file's name. */
  file: string
  reason: string
}

type Entry =
  | { readonly kind: 'readable', readonly record: KeyRecord, readonly sealedKey: SealedKey }
  | { readonly kind: 'misnamed', readonly file: string, readonly sealedKey: SealedKey, readonly reason: string }
  | { readonly kind: 'unreadable', readonly file: string, readonly reason: string }

/** The sealed keys of a folder: one file a key, read once at the start. */
export class KeyStore implements SealedKeys {
  readonly #directory: string
  readonly #log: Logger
  readonly #entries = new Map<string, Entry>()
  readonly #foreign: UnreadableKey[] = []
  readonly #reserved = new Set<string>()

  private constructor (directory: string, log: Logger) {
    this.#directory = directory
    this.#log = log
  }

  /** Reads every file of `directory`, which is made where it is missing. One that cannot be read is logged and listed. */
  static async open (directory: string, log: Logger): Promise<KeyStore> {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    const store = new KeyStore(directory, log)
    for (const file of (await readdir(directory)).sort()) await store.#readIn(file)
    return store
  }

  /** The public records of the readable keys, by key id. */
  records (): KeyRecord[] {
    return [...this.#entries.values()]
      .flatMap(entry => entry.kind === 'readable' ? [entry.record] : [])
      .sort((left, right) => left.keyId < right.keyId ? -1 : 1)
  }

  /** The files that are not shown as keys. */
  unreadable (): UnreadableKey[] {
    return [...this.#foreign, ...[...this.#entries.values()].flatMap(entry => entry.kind === 'readable' ? [] : [{ file: entry.file, reason: entry.reason }])]
  }

  /** A readable key's public record. @throws ParentError `KEY_NOT_FOUND`, `KEY_UNREADABLE`. */
  record (keyId: string): KeyRecord {
    const entry = this.#entry(keyId)
    if (entry.kind !== 'readable') throw unreadable(keyId, entry.reason)
    return entry.record
  }

  /** What a signature is asked for with: the spec that the file names. @throws ParentError `KEY_NOT_FOUND`, `KEY_UNREADABLE`. */
  keySpec (keyId: string): KeyRecord['keySpec'] {
    const entry = this.#entry(keyId)
    if (entry.kind === 'unreadable') throw unreadable(keyId, entry.reason)
    return entry.sealedKey.record.keySpec
  }

  /**
   * What the enclave is given for a key. A file whose record has another key id is given under the file's name: the seal is bound to the
   * name that it was made for, so the enclave refuses it, and two files that were swapped end in two refusals.
   */
  sealedKey (keyId: string): SealedKey {
    const entry = this.#entry(keyId)
    if (entry.kind === 'unreadable') throw unreadable(keyId, entry.reason)
    return entry.kind === 'readable' ? entry.sealedKey : underName(entry.sealedKey, keyId)
  }

  /**
   * Keeps a key id for a key that is being made, until it is created or released.
   *
   * @throws ParentError `KEY_EXISTS` where there is such a key, a file of its name, or another one being made.
   */
  reserve (keyId: string): void {
    if (this.#entries.has(keyId) || this.#reserved.has(keyId)) throw exists(keyId)
    this.#reserved.add(keyId)
  }

  /** Gives a reserved key id free again. */
  release (keyId: string): void {
    this.#reserved.delete(keyId)
  }

  /**
   * Stores a new key for good.
   *
   * @throws ParentError `KEY_EXISTS` where a file of that name is there: the key that the enclave holds under the name is then not the
   * stored one, so the name is not used any more until the next start.
   */
  async create (record: KeyRecord, sealedKey: SealedKey): Promise<void> {
    const { keyId } = record
    try {
      await createKeyFile(this.#directory, keyId, sealedKey)
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
      this.#refuse(keyId, `${keyId}.json`, 'another program made a key of this name')
      throw exists(keyId)
    }
    this.#entries.set(keyId, { kind: 'readable', record, sealedKey })
  }

  #entry (keyId: string): Entry {
    const entry = this.#entries.get(keyId)
    if (entry === undefined) throw new ParentError('KEY_NOT_FOUND', `there is no key ${keyId}`, { keyId })
    return entry
  }

  async #readIn (file: string): Promise<void> {
    if (isPartialFile(file)) {
      await rm(join(this.#directory, file), { force: true })
      return
    }
    const keyId = keyIdOfFile(file)
    if (keyId === undefined) {
      this.#log.warn({ file }, 'a file among the keys is no key')
      this.#foreign.push({ file, reason: 'its name is not <keyId>.json' })
      return
    }
    try {
      this.#take(keyId, file, await readKeyFile(this.#directory, file))
    } catch (error) {
      this.#refuse(keyId, file, messageOf(error))
    }
  }

  #take (keyId: string, file: string, sealedKey: SealedKey): void {
    const { record } = sealedKey
    if (record.keyId !== keyId) {
      const reason = `its record is that of the key ${record.keyId}`
      this.#log.error({ file, reason }, 'a key file is not trusted')
      this.#entries.set(keyId, { kind: 'misnamed', file, sealedKey, reason })
    } else if (record.publicKey === undefined) {
      this.#refuse(keyId, file, 'its record has no public key')
    } else {
      this.#entries.set(keyId, { kind: 'readable', record: { ...record, publicKey: record.publicKey }, sealedKey })
    }
  }

  #refuse (keyId: string, file: string, reason: string): void {
    this.#log.error({ file, reason }, 'a key file cannot be used')
    this.#entries.set(keyId, { kind: 'unreadable', file, reason })
  }
}

function underName (sealedKey: SealedKey, keyId: string): SealedKey {
  return 'ciphertextBlob' in sealedKey.seal
    ? { record: { ...sealedKey.record as KeyRecord & { origin: 'EXTERNAL' }, keyId }, seal: sealedKey.seal }
    : { record: { ...sealedKey.record as KeyRecord & { origin: 'ENCLAVE' }, keyId }, seal: sealedKey.seal }
}

function exists (keyId: string): ParentError {
  return new ParentError('KEY_EXISTS', `there is a key ${keyId} already`, { keyId })
}

function unreadable (keyId: string, reason: string): ParentError {
  return new ParentError('KEY_UNREADABLE', `the stored key ${keyId} cannot be used: ${reason}`, { keyId })
}
