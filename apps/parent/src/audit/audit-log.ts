import { ProtocolError } from '@enclave-signer/protocol'

import { isParentError } from '../errors.ts'
import { codeOf } from '../problems/problem.ts'
import type { LineMembers } from '../journal/chained-line.ts'
import { AuditWriter } from './audit-writer.ts'
import type { AuditWriterMetrics, AuditWriterOptions } from './audit-writer.ts'
import type { Audit, AuditFacts, AuditMode, AuditResult, AuditStatus } from './audit.ts'
import { RefusalBudget } from './refusal-budget.ts'
import type { UntoldRefusals } from './refusal-budget.ts'
import { requestLine } from './request-line.ts'

/** What the log reports of itself. */
export interface AuditMetrics extends AuditWriterMetrics {
  /** Refusals that got no line of their own. */
  auditSummarised: (count: number) => void
}

/** What the log is made of. */
export interface AuditLogOptions extends AuditWriterOptions {
  metrics: AuditMetrics
  /** After how many milliseconds refusals that only were counted are told of; 10,000. */
  summariseEveryMs?: number
}

const defaultSummariseEveryMs = 10_000
const showHeadEveryMs = 60_000

/** The audit log: `docs/audit.md` says what its lines are and what they prove. */
export class AuditLog implements Audit {
  readonly #options: AuditLogOptions
  readonly #writer: AuditWriter
  readonly #refusals = new RefusalBudget()
  /** Errors of requests that have a line already. */
  readonly #recorded = new WeakSet<object>()
  readonly #timers: NodeJS.Timeout[]
  #shownEntry = 0
  #closed: Promise<void> | undefined

  private constructor (options: AuditLogOptions, writer: AuditWriter) {
    this.#options = options
    this.#writer = writer
    this.#timers = [
      setInterval(() => { this.#summarise().catch(() => undefined) }, options.summariseEveryMs ?? defaultSummariseEveryMs).unref(),
      setInterval(() => { this.#showHead() }, showHeadEveryMs).unref(),
    ]
  }

  /**
   * Opens the log and records the start.
   *
   * @throws JournalDamaged where the newest file's lines do not hold together.
   */
  static async open (options: AuditLogOptions): Promise<AuditLog> {
    const { mode, now } = options
    const start: LineMembers & { mode: AuditMode } = { at: isoTime(now()), kind: 'start', mode }
    return new AuditLog(options, await AuditWriter.open(options, start))
  }

  check (): void {
    this.#writer.check()
  }

  async done (facts: AuditFacts, result: AuditResult): Promise<void> {
    await this.#writer.append(requestLine(this.#at(), facts, { outcome: 'ok', result }))
  }

  async refused (facts: AuditFacts, error: unknown): Promise<void> {
    if (typeof error === 'object' && error !== null) this.#recorded.add(error)
    if (isParentError(error, 'AUDIT_UNAVAILABLE')) return
    const code = codeOf(error)
    const outcome = error instanceof ProtocolError && facts.enclaveAsked !== false ? 'unknown' : 'refused'
    if (outcome === 'refused' && !this.#refusals.admit({ caller: facts.caller, action: facts.action, code })) return
    // An outage counts it.
    await this.#writer.append(requestLine(this.#at(), facts, { outcome, code })).catch(() => undefined)
  }

  async turnedAway (facts: AuditFacts, error: unknown): Promise<void> {
    if (typeof error === 'object' && error !== null && this.#recorded.has(error)) return
    await this.refused(facts, error)
  }

  status (): AuditStatus {
    const reason = this.#writer.outage?.reason ?? null
    return { mode: this.#options.mode, state: reason === null ? 'recording' : 'unavailable', reason, ...this.#writer.head }
  }

  /** Records the stop; returns when everything is on the disk. */
  async close (): Promise<void> {
    await (this.#closed ??= this.#close())
  }

  async #close (): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    await this.#summarise()
    await this.#writer.close({ at: this.#at(), kind: 'stop' })
    this.#showHead()
  }

  async #summarise (): Promise<void> {
    for (const untold of this.#refusals.drain()) {
      this.#options.metrics.auditSummarised(untold.count)
      await this.#writer.append(refusalsLine(this.#at(), untold)).catch(() => { this.#untold(untold.count) })
    }
  }

  #untold (count: number): void {
    const { outage } = this.#writer
    if (outage !== undefined) outage.untold += count
  }

  /** The service's own log leaves the host by a way of its own: a head in it shows later whether this log was cut. */
  #showHead (): void {
    const { entry, hash } = this.#writer.head
    if (entry === this.#shownEntry) return
    this.#shownEntry = entry
    this.#options.log.info({ entry, hash }, 'audit log head')
  }

  #at (): string {
    return isoTime(this.#options.now())
  }
}

function isoTime (unixMs: number): string {
  return new Date(unixMs).toISOString()
}

function refusalsLine (at: string, refusals: UntoldRefusals): LineMembers & UntoldRefusals {
  return { at, kind: 'refusals', ...refusals }
}
