import { ConfigError } from '../config/config-error.ts'
import { unlessAborted } from '../wait.ts'
import { signatureOf } from './file-signature.ts'
import { readRegularFile } from './read-file.ts'
import type { ReadText } from './read-file.ts'

/** Makes a value from files, absolute paths, which it reads with `read`. Rejects where they are not as they should be. */
export type Load<T> = (read: ReadText) => Promise<T>

/** Which files a load read, and how they were before. */
export interface Attempt {
  readonly files: readonly string[]
  /** A change while they are read is one more change. */
  readonly signature: string
}

/** Loads that may go on although nobody waits for them any more. Each may hold one of the four threads that read files for the process. */
const maxGivenUp = 2

/** Loads a value, but does not wait for a load that does not end: another one may, when a file system is back. */
export class Attempts<T> {
  readonly #load: Load<T>
  readonly #patienceMs: number
  #givenUp = 0

  constructor (load: Load<T>, patienceMs: number) {
    this.#load = load
    this.#patienceMs = patienceMs
  }

  /** Loads once. `known` are the files that were read the last time. Never rejects. */
  async make (known: readonly string[]): Promise<Attempt & ({ value: T } | { error: unknown })> {
    const begun = { files: known, signature: 'not known' }
    if (this.#givenUp >= maxGivenUp) return this.#tooLong(begun)
    const loading = this.#signed(begun)
    const attempt = await unlessAborted(loading, AbortSignal.timeout(this.#patienceMs))
    if (attempt !== undefined) return attempt
    this.#givenUp++
    loading.finally(() => { this.#givenUp-- }).catch(() => undefined)
    return this.#tooLong(begun)
  }

  /** The signature is that of the files before they are read, so files that are read for the first time are read once more. */
  async #signed (begun: { files: readonly string[], signature: string }): Promise<Attempt & ({ value: T } | { error: unknown })> {
    const signature = await signatureOf(begun.files)
    begun.signature = signature
    const read = new Set<string>()
    const outcome = await this.#load(async path => {
      read.add(path)
      return await readRegularFile(path)
    }).then(value => ({ value }), (error: unknown) => ({ error }))
    const files = [...read]
    if (files.join('\n') === begun.files.join('\n')) return { ...outcome, files, signature }
    begun.files = files
    return await this.#signed(begun)
  }

  #tooLong ({ files, signature }: Attempt): Attempt & { error: unknown } {
    return { error: new ConfigError([`the files cannot be read within ${this.#patienceMs / 1000} s`]), files, signature }
  }
}
