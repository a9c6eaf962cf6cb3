import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'

import { execa } from 'execa'

import { backoffMs } from '../backoff.ts'
import { messageOf } from '../errors.ts'
import type { Logger } from '../logger.ts'
import { isAborted, wait } from '../wait.ts'

/** What `/enclave/status` says of a relay. */
export interface RelayStatus {
  name: string
  state: 'starting' | 'running' | 'backing-off' | 'stopped'
  restarts: number
  /** Why it is not running, where that is known. */
  reason: string | undefined
}

/** One relay: a program that is to run as long as the parent does. */
export interface RelayOptions {
  name: string
  executable: string
  args: readonly string[]
  log: Logger
  onRestart: (name: string) => void
  /** Throws where the program cannot succeed now. */
  check?: ((signal: AbortSignal) => Promise<void>) | undefined
}

const restartBackoff = { firstMs: 100, maxMs: 10_000 }
/** One that ran this long did not die of its start. */
const settledAfterMs = 10_000
const killAfterMs = 2000
/** What a program that has ended still has in its pipes arrives by then. */
const lastWordsMs = 100

/** Keeps a relay's program running. */
export class Relay {
  readonly #options: RelayOptions
  #status: RelayStatus
  #lastLine = ''

  constructor (options: RelayOptions) {
    this.#options = options
    this.#status = { name: options.name, state: 'starting', restarts: 0, reason: undefined }
  }

  get status (): Readonly<RelayStatus> {
    return this.#status
  }

  /** Runs the program, again after each of its ends with growing delays, until `signal` aborts; then ends it. Never rejects. */
  async run (signal: AbortSignal): Promise<void> {
    const { name, log, onRestart } = this.#options
    for (let failures = 0; !signal.aborted;) {
      const startedMs = performance.now()
      const reason = await this.#runOnce(signal)
      if (isAborted(signal)) break
      failures = performance.now() - startedMs > settledAfterMs ? 1 : failures + 1
      const delayMs = backoffMs(failures, restartBackoff)
      this.#status = { ...this.#status, state: 'backing-off', reason }
      log.error({ relay: name, reason, delayMs }, 'relay ended')
      await wait(delayMs, signal).catch(() => undefined)
      this.#status = { ...this.#status, restarts: this.#status.restarts + 1 }
      onRestart(name)
    }
    this.#status = { ...this.#status, state: 'stopped', reason: undefined }
    log.info({ relay: name }, 'relay stopped')
  }

  /** Why the program ended. */
  async #runOnce (signal: AbortSignal): Promise<string> {
    const { executable, args, check } = this.#options
    try {
      await check?.(signal)
      const child = execa(executable, args, { stdin: 'ignore', all: true, buffer: false, reject: false, cancelSignal: signal, forceKillAfterDelay: killAfterMs })
      if (child.pid === undefined) return (await child).shortMessage ?? `${executable} could not be started`
      this.#started(child.pid)
      const output = this.#logLines(child.iterable({ from: 'all' }))
      // Not the end of its output: socat's forks hold that open after socat is gone.
      const [exitCode, killedBy] = await once(child.nodeChildProcess, 'exit') as [number | null, string | null]
      await Promise.race([output, sleep(lastWordsMs)])
      return `ended with ${exitCode ?? killedBy ?? 'no status'}${this.#lastLine === '' ? '' : `: ${this.#lastLine}`}`
    } catch (error) {
      return messageOf(error)
    }
  }

  #started (pid: number): void {
    const { name, executable, args, log } = this.#options
    this.#lastLine = ''
    this.#status = { ...this.#status, state: 'running', reason: undefined }
    log.info({ relay: name, pid, command: [executable, ...args].join(' ') }, 'relay started')
  }

  /** Logs what the program prints. Never rejects. */
  async #logLines (lines: AsyncIterable<string>): Promise<void> {
    const { name, log } = this.#options
    try {
      for await (const line of lines) {
        this.#lastLine = line.slice(0, 300)
        log.info({ relay: name, line: this.#lastLine }, 'relay says')
      }
    } catch {
      // Its end is seen by its exit.
    }
  }
}
