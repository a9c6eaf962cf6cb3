import { ConfigError } from '../config/config-error.ts'
import { messageOf } from '../errors.ts'
import type { Logger } from '../logger.ts'
import { wait } from '../wait.ts'
import { signatureOf } from './file-signature.ts'

/** What is made from files. */
export const watchedNames = ['callers', 'tls'] as const

/** See {@link watchedNames}. */
export type WatchedName = typeof watchedNames[number]

/** A value and the files it was made from, absolute paths. */
export interface Loaded<T> {
  readonly value: T
  readonly files: readonly string[]
}

/** What is told of loading and of edits that were refused. */
export interface ReloadMetrics {
  filesLoaded: (name: WatchedName, at: number) => void
  filesRefused: (name: WatchedName) => void
}

/** How a value is made from files. */
export interface WatchedValueOptions<T> {
  readonly name: WatchedName
  /** Rejects where the files are not as they should be. */
  readonly load: () => Promise<Loaded<T>>
  /** Called with each value but the first. */
  readonly onChange?: (value: T) => void
  readonly metrics: ReloadMetrics
  readonly log: Logger
  /** Unix time in milliseconds. */
  readonly now: () => number
}

/** As `/enclave/status` shows it; times are ISO 8601. */
export interface WatchedStatus {
  name: WatchedName
  /** Of what is in force. */
  loadedAt: string
  /** Since when an edit is refused; null where the files are in force as they are. */
  refusedSince: string | null
}

/** Milliseconds between two looks at the files. */
const ordinaryPollMs = 500

/**
 * A value made from files, and made again when they change. An edit that is not as it should be is refused as a whole: the old value
 * stays in force.
 */
export class WatchedValue<T> {
  readonly #options: WatchedValueOptions<T>
  #value: T
  #files: readonly string[]
  #signature: string
  #loadedAt: number
  #loading = Promise.resolve()
  #refused: { since: number, message: string } | undefined

  private constructor (options: WatchedValueOptions<T>, { value, files, signature }: SignedLoad<T>) {
    this.#options = options
    this.#value = value
    this.#files = files
    this.#signature = signature
    this.#loadedAt = options.now()
    options.metrics.filesLoaded(options.name, this.#loadedAt)
  }

  /** Loads the first value. @throws what loading throws. */
  static async open<T> (options: WatchedValueOptions<T>): Promise<WatchedValue<T>> {
    return new WatchedValue(options, await loadSigned(options.load, []))
  }

  /** What is in force. */
  get value (): T {
    return this.#value
  }

  status (): WatchedStatus {
    const { since } = this.#refused ?? {}
    return {
      name: this.#options.name,
      loadedAt: new Date(this.#loadedAt).toISOString(),
      refusedSince: since === undefined ? null : new Date(since).toISOString(),
    }
  }

  /** Loads the files as they are now, after whatever is being loaded. Never rejects. */
  async reload (): Promise<void> {
    this.#loading = this.#loading.then(async () => { await this.#load() })
    await this.#loading
  }

  /**
   * Looks at the files until `signal` aborts. They are loaded when they have changed and were the same at two looks, so that a file is not
   * read while it is being written; as long as they are refused, at every look, since one that a file names may be mended by itself.
   */
  async watch (signal: AbortSignal, pollMs = ordinaryPollMs): Promise<void> {
    let seen = this.#signature
    for (;;) {
      try {
        await wait(pollMs, signal)
      } catch {
        return
      }
      const signature = await signatureOf(this.#files)
      const settled = signature === seen
      seen = signature
      if (settled && (signature !== this.#signature || this.#refused !== undefined)) await this.reload()
    }
  }

  async #load (): Promise<void> {
    try {
      this.#accept(await loadSigned(this.#options.load, this.#files))
    } catch (error) {
      this.#refuse(error)
    }
  }

  #accept ({ value, files, signature }: SignedLoad<T>): void {
    const { name, metrics, log, now, onChange } = this.#options
    this.#value = value
    this.#files = files
    this.#signature = signature
    this.#loadedAt = now()
    this.#refused = undefined
    metrics.filesLoaded(name, this.#loadedAt)
    log.info({ name, files }, 'changed files are in force')
    onChange?.(value)
  }

  #refuse (error: unknown): void {
    const { name, metrics, log, now } = this.#options
    const message = messageOf(error)
    if (this.#refused?.message === message) return
    this.#refused = { since: this.#refused?.since ?? now(), message }
    metrics.filesRefused(name)
    log.error({ name, faults: error instanceof ConfigError ? error.faults : [message] }, 'changed files are refused; those before stay in force')
  }
}

interface SignedLoad<T> extends Loaded<T> {
  /** Of the files before they were read, so that a change while they are read is one more change. */
  readonly signature: string
}

async function loadSigned<T> (load: () => Promise<Loaded<T>>, known: readonly string[]): Promise<SignedLoad<T>> {
  const signature = await signatureOf(known)
  const loaded = await load()
  return loaded.files.join('\n') === known.join('\n') ? { ...loaded, signature } : await loadSigned(load, loaded.files)
}
