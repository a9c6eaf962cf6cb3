import { join } from 'node:path'

import { messageOf, ParentError } from '../errors.ts'
import type { OpenDiskFile } from '../journal/append-file.ts'
import { GroupCommit } from '../journal/group-commit.ts'
import { JournalDamaged } from '../journal/check-journal-file.ts'
import type { Logger } from '../logger.ts'
import { Claims } from './claims.ts'
import { GuardedKeys } from './guarded-keys.ts'
import { WatermarkJournal } from './watermark-journal.ts'
import type { Watermark } from './watermark-line.ts'

/** What the guard reports. */
export interface WatermarkMetrics {
  watermarkRefused: (code: string) => void
  journalSynced: (journal: 'watermarks', seconds: number) => void
  journalFailed: (journal: 'watermarks') => void
}

/** What the guard is made of. */
export interface WatermarksOptions {
  dataDir: string
  metrics: WatermarkMetrics
  log: Logger
  /** Unix time in milliseconds. */
  now: () => number
  openFile?: OpenDiskFile
  compactAtBytes?: number
}

/**
 * The guard against signing twice: a key that has signed under a sequence signs under higher ones only, across crashes and restarts. A
 * sequence is on the disk before the enclave is asked, so a signing that fails has used it up.
 */
export class Watermarks {
  readonly #options: WatermarksOptions
  readonly #guarded: GuardedKeys
  /** Undefined where the journal is damaged. */
  readonly #journal: WatermarkJournal | undefined
  readonly #claims = new Claims()
  readonly #queue = new GroupCommit<Watermark>(watermarks => this.#commit(watermarks))

  private constructor (options: WatermarksOptions, guarded: GuardedKeys, journal: WatermarkJournal | undefined) {
    this.#options = options
    this.#guarded = guarded
    this.#journal = journal
  }

  /** Reads what is there. Of a damaged journal no watermark is believed: the keys that had one are refused. */
  static async open (options: WatermarksOptions): Promise<Watermarks> {
    const { dataDir, log, now, openFile, compactAtBytes } = options
    const guarded = await GuardedKeys.open(join(dataDir, 'guarded-keys'), openFile)
    const keyIds = new Set<string>()
    let journal: WatermarkJournal | undefined
    try {
      const path = join(dataDir, 'watermarks/journal.jsonl')
      journal = await WatermarkJournal.open({ path, now, openFile, compactAtBytes }, keyId => { keyIds.add(keyId) })
    } catch (error) {
      if (!(error instanceof JournalDamaged)) throw error
      log.error({ reason: error.message }, 'the watermarks are not as they were written: keys that have one are refused')
    }
    if (journal?.isTorn === true) log.warn({}, 'the watermarks end with a line that is not whole: what can be read of it counts')
    // A crash may have come between a key's first watermark and its mark.
    await guarded.add([...keyIds])
    const watermarks = new Watermarks(options, guarded, journal)
    watermarks.#reportLost()
    return watermarks
  }

  /** A key's latest sequence; null where it has one that cannot be read, undefined where it has none. */
  lastSequence (keyId: string): number | null | undefined {
    return this.#journal?.latest(keyId) ?? (this.#guarded.has(keyId) ? null : undefined)
  }

  /**
   * Takes a sequence for a key, or lets a key without watermarks sign without one. Returns when it is on the disk.
   *
   * @throws ParentError `SEQUENCE_NOT_ABOVE`, `SEQUENCE_REQUIRED`, `WATERMARK_UNREADABLE`, `WATERMARK_UNAVAILABLE`.
   */
  async advance (keyId: string, sequence: number | undefined): Promise<void> {
    const refusal = this.#refusal(keyId, sequence)
    if (refusal !== undefined) {
      this.#options.metrics.watermarkRefused(refusal.code)
      throw refusal
    }
    if (sequence === undefined) return
    this.#claims.add(keyId, sequence)
    try {
      await this.#queue.add({ keyId, sequence })
    } catch (cause) {
      this.#options.metrics.watermarkRefused('WATERMARK_UNAVAILABLE')
      throw new ParentError('WATERMARK_UNAVAILABLE', `the sequence of the key ${keyId} cannot be stored (${messageOf(cause)})`, { keyId }, { cause })
    } finally {
      this.#claims.settle(keyId)
    }
  }

  async close (): Promise<void> {
    await this.#queue.idle()
    await this.#journal?.close()
  }

  #refusal (keyId: string, sequence: number | undefined): ParentError | undefined {
    const stored = this.lastSequence(keyId)
    if (stored === null || (sequence !== undefined && this.#journal === undefined)) {
      return new ParentError('WATERMARK_UNREADABLE', `the latest sequence of the key ${keyId} is not known`, { keyId })
    }
    const last = this.#claims.highest(keyId) ?? stored
    if (last === undefined) return undefined
    if (sequence === undefined) {
      return new ParentError('SEQUENCE_REQUIRED', `the key ${keyId} signs under a sequence only`, { keyId })
    }
    if (sequence > last) return undefined
    return new ParentError('SEQUENCE_NOT_ABOVE', `the key ${keyId} has been used under the sequence ${last}`, { keyId, lastSequence: last })
  }

  async #commit (watermarks: readonly Watermark[]): Promise<void> {
    const { metrics, log } = this.#options
    const begun = performance.now()
    try {
      await this.#journal?.write(watermarks)
      await this.#guarded.add(watermarks.map(({ keyId }) => keyId))
      // Not before: where a key cannot be marked, nobody signs, and the same sequence may be asked for again.
      await this.#journal?.count(watermarks)
      metrics.journalSynced('watermarks', (performance.now() - begun) / 1000)
    } catch (error) {
      metrics.journalFailed('watermarks')
      log.error({ reason: messageOf(error) }, 'sequences cannot be stored: requests that have one are refused')
      throw error
    }
  }

  #reportLost (): void {
    const lost = [...this.#guarded].filter(keyId => this.lastSequence(keyId) === null)
    if (lost.length > 0) this.#options.log.error({ keys: lost.length, keyId: lost[0] }, 'keys are refused because their watermarks are gone')
  }
}
