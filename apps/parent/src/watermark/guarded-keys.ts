import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'

import { keyIdPattern } from '@enclave-signer/protocol'

import { openDiskFile } from '../journal/append-file.ts'
import type { OpenDiskFile } from '../journal/append-file.ts'
import { makeDirectory } from '../journal/make-directory.ts'
import { syncDirectory } from '../journal/sync-directory.ts'

/**
 * An empty file for each key that has ever had a watermark, in a folder of its own. It says nothing but that: a journal that is gone, or
 * has been begun anew, then leaves a key that is refused and not one that begins at zero.
 */
export class GuardedKeys {
  readonly #directory: string
  readonly #openFile: OpenDiskFile
  readonly #keyIds: Set<string>

  private constructor (directory: string, openFile: OpenDiskFile, keyIds: readonly string[]) {
    this.#directory = directory
    this.#openFile = openFile
    this.#keyIds = new Set(keyIds)
  }

  /** Reads the folder, which is made where it is missing. */
  static async open (directory: string, openFile = openDiskFile): Promise<GuardedKeys> {
    await makeDirectory(directory, openFile)
    return new GuardedKeys(directory, openFile, (await readdir(directory)).filter(name => keyIdPattern.test(name)))
  }

  has (keyId: string): boolean {
    return this.#keyIds.has(keyId)
  }

  [Symbol.iterator] (): Iterator<string> {
    return this.#keyIds.values()
  }

  /** Notes keys for good. */
  async add (keyIds: readonly string[]): Promise<void> {
    const fresh = keyIds.filter(keyId => !this.#keyIds.has(keyId))
    if (fresh.length === 0) return
    for (const keyId of fresh) await (await open(join(this.#directory, keyId), 'a', 0o600)).close()
    await syncDirectory(this.#directory, this.#openFile)
    for (const keyId of fresh) this.#keyIds.add(keyId)
  }
}
