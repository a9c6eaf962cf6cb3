import type { Logger } from '../logger.ts'

/** The latest step of making an EIF. */
export interface ProgressStatus {
  lastLine: string
  /** When it was said, ISO 8601. */
  since: string
}

/** What the making of an EIF says, for the log and the status: it can take minutes. */
export class ImageProgress {
  readonly #log: Logger
  readonly #now: () => number
  #status: ProgressStatus | undefined

  /** `now` is unix time in milliseconds. */
  constructor (log: Logger, now: () => number) {
    this.#log = log
    this.#now = now
  }

  /** Undefined before anything was made in this process. */
  get status (): ProgressStatus | undefined {
    return this.#status
  }

  /** One line of a tool, or what is done next. */
  step (line: string): void {
    this.#status = { lastLine: line, since: new Date(this.#now()).toISOString() }
    this.#log.info({ line }, 'image is being made')
  }
}
