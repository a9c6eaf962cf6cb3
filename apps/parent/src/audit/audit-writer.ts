import { messageOf, ParentError } from '../errors.ts'
import type { OpenDiskFile } from '../journal/append-file.ts'
import type { ChainHead, LineMembers } from '../journal/chained-line.ts'
import { GroupCommit } from '../journal/group-commit.ts'
import type { Logger } from '../logger.ts'
import { AuditFiles } from './audit-files.ts'
import type { AuditMode } from './audit.ts'
import { beginOutage, countLost, outageLine, outageSince } from './outage.ts'
import type { Outage } from './outage.ts'
import type { AuditOutcome, RequestLine } from './request-line.ts'
import { SyncSoon } from './sync-soon.ts'

/** What writing reports of itself. */
export interface AuditWriterMetrics {
  auditRecorded: (outcome: AuditOutcome) => void
  auditAvailable: (available: boolean) => void
  auditUnsynced: (bytes: number) => void
  journalSynced: (journal: 'audit', seconds: number) => void
  journalFailed: (journal: 'audit') => void
}

/** What the writer is made of. */
export interface AuditWriterOptions {
  directory: string
  mode: Exclude<AuditMode, 'off'>
  /** A file that has this many bytes is followed by another. */
  fileBytes: number
  metrics: AuditWriterMetrics
  log: Logger
  /** Unix time in milliseconds. */
  now: () => number
  openFile?: OpenDiskFile
}

/** Asks whether lines can be written: it becomes the line that tells of the outage that it ends. */
const probe = Symbol('probe')

type Entry = LineMembers | RequestLine | typeof probe

/** More than this is not left to the system: then an answer waits for the disk in the mode `on` too. */
const mostUnsyncedBytes = 16 * 1024 * 1024
const probeEveryMs = 1000

/** Puts lines into the files, as durably as the mode asks, or has them refused until that is possible again. */
export class AuditWriter {
  readonly #options: AuditWriterOptions
  readonly #files: AuditFiles
  readonly #queue = new GroupCommit<Entry>(entries => this.#commit(entries))
  readonly #syncSoon = new SyncSoon(() => this.#sync())
  /** Written before anything else. */
  #firstLines: readonly LineMembers[]
  #outage: Outage | undefined
  #closing = false

  private constructor (options: AuditWriterOptions, files: AuditFiles, firstLine: LineMembers) {
    this.#options = options
    this.#files = files
    this.#firstLines = [firstLine]
  }

  /**
   * Opens the files and writes the first line; a line that a crash tore is closed off before it. A disk without room is an outage, not an
   * error.
   *
   * @throws JournalDamaged where the newest file's lines do not hold together.
   */
  static async open (options: AuditWriterOptions, firstLine: LineMembers): Promise<AuditWriter> {
    const files = await AuditFiles.open(options)
    if (files.isTorn) options.log.warn({ entry: files.head.entry }, 'the audit log ends with a line that is not whole: a recovery record closes it off')
    const writer = new AuditWriter(options, files, firstLine)
    options.metrics.auditAvailable(true)
    await writer.#queue.add(probe).catch(() => undefined)
    return writer
  }

  /** The latest line. */
  get head (): ChainHead {
    return this.#files.head
  }

  /** While nothing can be written. */
  get outage (): Outage | undefined {
    return this.#outage
  }

  /** @throws ParentError `AUDIT_UNAVAILABLE` while nothing can be written. */
  check (): void {
    if (this.#outage === undefined) return
    this.#outage.refused++
    throw unavailable(this.#outage)
  }

  /** Returns when the line is written, as durably as the mode asks. @throws ParentError `AUDIT_UNAVAILABLE`. */
  async append (line: LineMembers | RequestLine): Promise<void> {
    await this.#queue.add(line)
  }

  /** Writes a last line; returns when everything is on the disk. */
  async close (lastLine: LineMembers): Promise<void> {
    this.#closing = true
    await this.#syncSoon.stop()
    try {
      await this.append(lastLine)
      await this.#sync()
    } catch (error) {
      this.#options.log.error({ reason: messageOf(error) }, 'the stop is not in the audit log')
    }
    await this.#queue.idle()
    await this.#files.close()
  }

  async #commit (entries: readonly Entry[]): Promise<void> {
    if (this.#outage !== undefined && !entries.includes(probe)) throw this.#lost(entries, this.#outage)
    const begun = performance.now()
    const durably = this.#options.mode === 'strict' || this.#files.unsyncedBytes > mostUnsyncedBytes
    const outage = this.#outage === undefined ? undefined : { ...this.#outage }
    const lines = [...this.#firstLines, ...entries.flatMap(entry => entry === probe ? this.#probeLines(outage) : entry)]
    if (lines.length === 0) return
    try {
      await this.#files.append(lines, { durably })
    } catch (error) {
      throw this.#lost(entries, this.#fail(error))
    }
    this.#firstLines = []
    if (this.#outage !== undefined && outage !== undefined) this.#recover(this.#outage, outage)
    for (const { outcome } of requestsOf(entries)) this.#options.metrics.auditRecorded(outcome)
    if (durably) this.#reportSync(begun)
    else this.#leaveToSystem()
  }

  #lost (entries: readonly Entry[], outage: Outage): ParentError {
    countLost(outage, requestsOf(entries))
    return unavailable(outage)
  }

  #probeLines (outage: Outage | undefined): LineMembers[] {
    return outage === undefined ? [] : [outageLine(this.#at(), outage)]
  }

  #leaveToSystem (): void {
    this.#options.metrics.auditUnsynced(this.#files.unsyncedBytes)
    if (!this.#closing) this.#syncSoon.ask()
  }

  async #sync (): Promise<void> {
    const begun = performance.now()
    try {
      await this.#files.sync()
    } catch (error) {
      this.#fail(error)
      throw error
    }
    this.#reportSync(begun)
    if (this.#files.unsyncedBytes > 0) this.#leaveToSystem()
  }

  #reportSync (begun: number): void {
    const { metrics } = this.#options
    metrics.journalSynced('audit', (performance.now() - begun) / 1000)
    metrics.auditUnsynced(this.#files.unsyncedBytes)
  }

  #fail (error: unknown): Outage {
    const { metrics, log } = this.#options
    metrics.journalFailed('audit')
    if (this.#outage !== undefined) return this.#outage
    this.#outage = beginOutage(this.#at(), error)
    metrics.auditAvailable(false)
    log.error({ reason: messageOf(error), code: this.#outage.reason }, 'the audit log cannot be written: requests that must be in it are refused')
    this.#probeSoon()
    return this.#outage
  }

  #probeSoon (): void {
    setTimeout(() => {
      if (!this.#closing) this.#queue.add(probe).catch(() => { this.#probeSoon() })
    }, probeEveryMs).unref()
  }

  #recover (outage: Outage, told: Outage): void {
    const { metrics, log } = this.#options
    this.#outage = undefined
    metrics.auditAvailable(true)
    log.info({ ...outage }, 'the audit log is written again')
    this.#tellMore(outageSince(told, outage))
  }

  /** Requests were refused while the line that tells of the outage was on its way to the disk. */
  #tellMore (more: Outage | undefined): void {
    if (more === undefined) return
    this.#firstLines = [outageLine(this.#at(), more)]
    this.#queue.add(probe).catch(() => undefined)
  }

  #at (): string {
    return new Date(this.#options.now()).toISOString()
  }
}

function requestsOf (entries: readonly Entry[]): RequestLine[] {
  return entries.filter(entry => entry !== probe && 'outcome' in entry)
}

function unavailable ({ reason }: Outage): ParentError {
  return new ParentError('AUDIT_UNAVAILABLE', `the audit log cannot be written (${reason})`, { reason })
}
