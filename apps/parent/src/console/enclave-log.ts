import { EnclaveError, maxLogLines } from '@enclave-signer/protocol'
import type { LogLine, Result } from '@enclave-signer/protocol'

import type { EnclaveRequests } from '../enclave-client/enclave-requests.ts'
import { messageOf } from '../errors.ts'
import type { Logger } from '../logger.ts'
import { factsOf, toEnclaveLogLine } from './console-line.ts'
import type { ConsoleLine } from './console-line.ts'

/** What reading an enclave's log needs. */
export interface EnclaveLogOptions {
  /** The enclave's name. */
  readonly enclave: string
  readonly log: Logger
  readonly add: (line: ConsoleLine) => void
}

const deadlineMs = 2000
/** Full answers in a row: the enclave keeps a thousand lines, so after five there is nothing older left. */
const mostAnswers = 5

/** Reads on in an enclave's log whenever it is told to, and writes what it finds to the parent's. */
export class EnclaveLog {
  readonly #options: EnclaveLogOptions
  #after = 0
  #life = 0
  #reading = false
  #lastFailure: string | undefined

  constructor (options: EnclaveLogOptions) {
    this.#options = options
  }

  /** Another enclave is read from its beginning. */
  forget (): void {
    this.#after = 0
    this.#life++
    this.#lastFailure = undefined
  }

  /** Reads the lines that are new, and goes on as long as answers are full; nothing while that is under way. Never rejects. */
  async read (enclave: EnclaveRequests): Promise<void> {
    if (this.#reading) return
    this.#reading = true
    try {
      let answers = 0
      while (await this.#readOnce(enclave) === maxLogLines && ++answers < mostAnswers);
      this.#lastFailure = undefined
    } catch (error) {
      this.#failed(error)
    } finally {
      this.#reading = false
    }
  }

  /** How many lines came. */
  async #readOnce (enclave: EnclaveRequests): Promise<number> {
    const after = this.#after
    const life = this.#life
    const { lines, next, dropped } = await enclave.request('readLog', { after }, { deadlineMs })
    if (next !== after + dropped + lines.length) throw new Error(`the numbers do not add up: ${lines.length} lines from ${after} to ${next}, ${dropped} dropped`)
    if (life === this.#life) this.#after = next
    this.#write({ lines, next, dropped })
    return lines.length
  }

  #write ({ lines, dropped }: Result<'readLog'>): void {
    const { enclave, log } = this.#options
    if (dropped > 0) log.warn({ enclave, dropped }, 'lines of the enclave were lost')
    for (const line of lines) this.#writeLine(line)
  }

  #writeLine (line: LogLine): void {
    const { enclave, log, add } = this.#options
    const shown = toEnclaveLogLine(enclave, line)
    log[line.level]({ enclave, event: line.event, enclaveTime: shown.at, ...factsOf(line) }, 'enclave says')
    add(shown)
  }

  /** The same failure is told once, not every second. */
  #failed (error: unknown): void {
    const { enclave, log } = this.#options
    // The enclave's log is shorter than what was read of it: it is another life's.
    if (error instanceof EnclaveError && error.code === 'INVALID_PARAMS') this.#after = 0
    const reason = messageOf(error)
    if (reason !== this.#lastFailure) log.warn({ enclave, reason }, 'the log of the enclave cannot be read')
    this.#lastFailure = reason
  }
}
