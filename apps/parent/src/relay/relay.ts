import { backoffMs } from '../backoff.ts'
import { messageOf } from '../errors.ts'
import type { Logger } from '../logger.ts'
import { isAborted, wait } from '../wait.ts'
import { endOrphanedRelays, endOwnRelay, relayMark, relayOwner } from './relay-processes.ts'
import { runRelayProgram } from './relay-program.ts'

/** What `/enclave/status` says of a relay. */
export interface RelayStatus {
  name: string
  state: 'starting' | 'running' | 'backing-off' | 'stopped' | 'external'
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

/** How a run of the program ended; `replaced`: {@link Relay.replace} asked for it. */
interface Run {
  reason: string
  replaced: boolean
}

const restartBackoff = { firstMs: 100, maxMs: 10_000 }
/** One that ran this long did not die of its start. */
const settledAfterMs = 10_000

/** Keeps a relay's program running. */
export class Relay {
  readonly #options: RelayOptions
  #args: readonly string[]
  #status: RelayStatus
  #lastLine = ''
  /** Aborted to have the program ended and started afresh at once. */
  #replacing = new AbortController()

  constructor (options: RelayOptions) {
    this.#options = options
    this.#args = options.args
    this.#status = { name: options.name, state: 'starting', restarts: 0, reason: undefined }
  }

  get status (): Readonly<RelayStatus> {
    return this.#status
  }

  /** Ends the program and its connections, and starts it afresh without delay. */
  replace (reason: string): void {
    this.#options.log.warn({ relay: this.#options.name, reason }, 'relay is replaced')
    this.#replacing.abort(new Error(reason))
  }

  /** Has the program run with these arguments. */
  retarget (args: readonly string[]): void {
    const command = args.join(' ')
    if (command === this.#args.join(' ')) return
    this.#args = args
    this.replace(`it is to run with ${command}`)
  }

  /** Runs the program, again after each of its ends with growing delays, until `signal` aborts; then ends it. Never rejects. */
  async run (signal: AbortSignal): Promise<void> {
    const { name, log, onRestart } = this.#options
    const owner = await relayOwner()
    for (let failures = 0; !signal.aborted;) {
      const startedMs = performance.now()
      const { reason, replaced } = await this.#runOnce(owner, signal)
      if (isAborted(signal)) break
      failures = performance.now() - startedMs > settledAfterMs ? 1 : failures + 1
      if (replaced) failures = 0
      else await this.#backOff(failures, reason, signal)
      this.#status = { ...this.#status, restarts: this.#status.restarts + 1 }
      onRestart(name)
    }
    this.#status = { ...this.#status, state: 'stopped', reason: undefined }
    log.info({ relay: name }, 'relay stopped')
  }

  async #backOff (failures: number, reason: string, signal: AbortSignal): Promise<void> {
    const { name, log } = this.#options
    const delayMs = backoffMs(failures, restartBackoff)
    this.#status = { ...this.#status, state: 'backing-off', reason }
    log.error({ relay: name, reason, delayMs }, 'relay ended')
    await wait(delayMs, AbortSignal.any([signal, this.#replacing.signal])).catch(() => undefined)
  }

  async #runOnce (owner: string, signal: AbortSignal): Promise<Run> {
    if (this.#replacing.signal.aborted) this.#replacing = new AbortController()
    const atOnce = this.#replacing.signal
    const command = [this.#options.executable, ...this.#args].join(' ')
    const mark = relayMark(owner, command)
    const reason = await this.#start(command, mark, { politely: signal, atOnce }).catch(messageOf)
    // Its forks carry on without it: good where it died by itself, no good where it was to end.
    if (signal.aborted || atOnce.aborted) await endOwnRelay(mark)
    return { reason, replaced: atOnce.aborted }
  }

  async #start (command: string, mark: string, signals: { politely: AbortSignal, atOnce: AbortSignal }): Promise<string> {
    const { executable, check, name, log } = this.#options
    const pids = await endOrphanedRelays(command)
    if (pids.length > 0) log.warn({ relay: name, pids }, 'relays that an earlier parent left were ended')
    await check?.(signals.politely)
    signals.politely.throwIfAborted()
    const ended = await runRelayProgram({
      executable,
      args: this.#args,
      mark,
      onStarted: pid => { this.#started(pid, command) },
      onLine: line => {
        this.#lastLine = line
        log.info({ relay: name, line }, 'relay says')
      },
    }, signals)
    return this.#lastLine === '' ? ended : `${ended}: ${this.#lastLine}`
  }

  #started (pid: number, command: string): void {
    const { name, log } = this.#options
    this.#lastLine = ''
    this.#status = { ...this.#status, state: 'running', reason: undefined }
    log.info({ relay: name, pid, command }, 'relay started')
  }
}
