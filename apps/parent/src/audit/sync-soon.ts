/** Milliseconds after which what was written is on its way to the disk. */
const withinMs = 50

/** Does something soon after it was asked to, once for all who ask meanwhile; never twice at a time. */
export class SyncSoon {
  readonly #sync: () => Promise<void>
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined
  #askedMeanwhile = false

  /** What `sync` throws is its own affair. */
  constructor (sync: () => Promise<void>) {
    this.#sync = sync
  }

  ask (): void {
    if (this.#running !== undefined) this.#askedMeanwhile = true
    else this.#timer ??= setTimeout(() => { this.#running = this.#run() }, withinMs)
  }

  /** Returns when nothing is under way; what was asked for and not begun is not done. */
  async stop (): Promise<void> {
    clearTimeout(this.#timer)
    await this.#running
    clearTimeout(this.#timer)
  }

  async #run (): Promise<void> {
    this.#timer = undefined
    await this.#sync().catch(() => undefined)
    this.#running = undefined
    if (this.#takeAsked()) this.ask()
  }

  #takeAsked (): boolean {
    const asked = this.#askedMeanwhile
    this.#askedMeanwhile = false
    return asked
  }
}
