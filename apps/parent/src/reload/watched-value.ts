import { ConfigError } from '../config/config-error.ts'
import { messageOf } from '../errors.ts'
import type { Logger } from '../logger.ts'
import { unlessAborted, wait } from '../wait.ts'
import { Attempts } from './attempts.ts'
import type { Attempt, Load } from './attempts.ts'
import { signatureOf } from './file-signature.ts'

/** What is made from files. */
export const watchedNames = ['callers', 'tls'] as const

/** See {@link watchedNames}. */
export type WatchedName = typeof watchedNames[number]

/** What is told of loading and of edits that were refused. */
export interface ReloadMetrics {
  filesLoaded: (name: WatchedName, at: number) => void
  filesRefused: (name: WatchedName) => void
}

/** How a value is made from files. */
export interface WatchedValueOptions<T> {
  readonly name: WatchedName
  readonly load: Load<T>
  /** Called with each value but the first. */
  readonly onChange?: (value: T) => void
  readonly metrics: ReloadMetrics
  readonly log: Logger
  /** Unix time in milliseconds. */
  readonly now: () => number
  /** Where those of production are not wanted: tests do not wait so long. */
  readonly times?: Partial<WatchTimes>
}

/** Milliseconds. */
export interface WatchTimes {
  /** Between two looks at the files. */
  readonly pollMs: number
  /** After which files that are refused are loaded again though nothing has changed: it may not have been the files. */
  readonly retryMs: number
  /** That loading, or looking at the files, may take. */
  readonly patienceMs: number
}

const ordinaryTimes: WatchTimes = { pollMs: 500, retryMs: 30_000, patienceMs: 5000 }

/** As `/enclave/status` shows it; times are ISO 8601. */
export interface WatchedStatus {
  name: WatchedName
  /** Of what is in force. */
  loadedAt: string
  /** Since when an edit is refused; null where the files are in force as they are. */
  refusedSince: string | null
}

/**
 * A value made from files, and made again when they change. An edit that is not as it should be is refused as a whole: the old value
 * stays in force.
 */
export class WatchedValue<T> {
  readonly #options: WatchedValueOptions<T>
  readonly #times: WatchTimes
  readonly #attempts: Attempts<T>
  #value: T
  #loadedAt: number
  /** Of the files that were read last, whether they were taken or not. */
  #seen: { readonly files: readonly string[], readonly signature: string, readonly at: number }
  #loading = Promise.resolve()
  #refused: { since: number, message: string } | undefined

  private constructor (options: WatchedValueOptions<T>, attempts: Attempts<T>, { value, files, signature }: Attempt & { value: T }) {
    this.#options = options
    this.#times = { ...ordinaryTimes, ...options.times }
    this.#attempts = attempts
    this.#value = value
    this.#loadedAt = options.now()
    this.#seen = { files, signature, at: this.#loadedAt }
    options.metrics.filesLoaded(options.name, this.#loadedAt)
  }

  /** Loads the first value. @throws what loading throws, and ConfigError where that takes too long. */
  static async open<T> (options: WatchedValueOptions<T>): Promise<WatchedValue<T>> {
    const attempts = new Attempts(options.load, options.times?.patienceMs ?? ordinaryTimes.patienceMs)
    const attempt = await attempts.make([])
    if ('error' in attempt) throw attempt.error
    return new WatchedValue(options, attempts, attempt)
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
   * Looks at the files until `signal` aborts, whatever is under way then. They are loaded when they have changed and were the same at two
   * looks, so that a file is not read while it is being written. Those that are refused are not read again and again: a long file with a
   * fault would stall the service each time.
   */
  async watch (signal: AbortSignal): Promise<void> {
    await unlessAborted(this.#lookOn(signal), signal)
  }

  async #lookOn (signal: AbortSignal): Promise<void> {
    let { signature: latest } = this.#seen
    while (await this.#pause(signal)) {
      const signature = await this.#look()
      const settled = signature === latest
      latest = signature
      if (settled && this.#isDue(signature)) await this.reload()
    }
  }

  async #pause (signal: AbortSignal): Promise<boolean> {
    return await wait(this.#times.pollMs, signal).then(() => true, () => false)
  }

  /** Comes back when the files could be looked at; where that takes long, as on a file system that is gone, it is told. */
  async #look (): Promise<string> {
    const looking = signatureOf(this.#seen.files)
    const { patienceMs } = this.#times
    if (await unlessAborted(looking, AbortSignal.timeout(patienceMs)) === undefined) {
      this.#refuse(new ConfigError([`the files cannot be looked at within ${patienceMs / 1000} s`]))
    }
    return await looking
  }

  #isDue (signature: string): boolean {
    return signature !== this.#seen.signature || (this.#refused !== undefined && this.#options.now() - this.#seen.at >= this.#times.retryMs)
  }

  async #load (): Promise<void> {
    const attempt = await this.#attempts.make(this.#seen.files)
    this.#seen = { files: attempt.files, signature: attempt.signature, at: this.#options.now() }
    if ('error' in attempt) this.#refuse(attempt.error)
    else this.#accept(attempt.value, attempt.files)
  }

  #accept (value: T, files: readonly string[]): void {
    const { name, metrics, log, now, onChange } = this.#options
    this.#value = value
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
