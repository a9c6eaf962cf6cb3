import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'

import type { OpenDiskFile } from '../journal/append-file.ts'
import { genesis } from '../journal/chained-line.ts'
import type { ChainedLine, LineMembers } from '../journal/chained-line.ts'
import { JournalFile } from '../journal/journal-file.ts'

/** That a key is about to sign under a sequence. */
export interface Watermark {
  readonly keyId: string
  readonly sequence: number
}

/** A journal of this size is replaced by one that holds each key's latest watermark. */
const leastBytes = 4 * 1024 * 1024

/** What the journal is made of. */
export interface WatermarkJournalOptions {
  path: string
  /** Unix time in milliseconds. */
  now: () => number
  openFile?: OpenDiskFile | undefined
  /** Bytes at which the journal is replaced, unless the watermarks themselves are a quarter of them; 4 MiB. */
  compactAtBytes?: number | undefined
}

/** The watermarks on the disk, in the order in which they were written. */
export class WatermarkJournal {
  readonly #options: WatermarkJournalOptions
  readonly #watermarks: Map<string, number>
  #file: JournalFile | undefined
  #compactAtBytes: number

  private constructor (options: WatermarkJournalOptions, file: JournalFile | undefined, watermarks: Map<string, number>) {
    this.#options = options
    this.#file = file
    this.#watermarks = watermarks
    this.#compactAtBytes = options.compactAtBytes ?? leastBytes
  }

  /**
   * Reads the journal; where there is none, one is begun with the first watermark.
   *
   * @param seen - Told every key that the journal names, in case that it cannot be used.
   * @throws JournalDamaged where its lines do not hold together.
   */
  static async open (options: WatermarkJournalOptions, seen: (keyId: string) => void): Promise<WatermarkJournal> {
    const { path, openFile } = options
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    const watermarks = new Map<string, number>()
    const onLine = (line: ChainedLine): void => {
      if (!isWatermark(line)) return
      seen(line.keyId)
      raise(watermarks, line)
    }
    const file = existsSync(path) ? await JournalFile.open(path, { openFile, onLine }) : undefined
    return new WatermarkJournal(options, file, watermarks)
  }

  /** A key's highest sequence on the disk. */
  latest (keyId: string): number | undefined {
    return this.#watermarks.get(keyId)
  }

  /** Every key with a watermark. */
  keyIds (): string[] {
    return [...this.#watermarks.keys()]
  }

  /** Returns when the watermarks are on the disk. Calls must not overlap. */
  async write (watermarks: readonly Watermark[]): Promise<void> {
    const at = new Date(this.#options.now()).toISOString()
    const lines = watermarks.map(watermark => lineOf(at, watermark))
    this.#file ??= await this.#begin(at)
    await this.#file.append(lines, { durably: true })
    for (const watermark of watermarks) raise(this.#watermarks, watermark)
    if (this.#file.length > this.#compactAtBytes) await this.#compact(this.#file, at)
  }

  async close (): Promise<void> {
    await this.#file?.close()
  }

  async #begin (at: string, lines: readonly LineMembers[] = []): Promise<JournalFile> {
    const { path, openFile } = this.#options
    return await JournalFile.create(path, this.#file?.head ?? genesis, [{ at, kind: 'file' }, ...lines], openFile)
  }

  /** The old journal is as good until another has its name: where none can be made, it grows on and the next try comes later. */
  async #compact (old: JournalFile, at: string): Promise<void> {
    const lines = Array.from(this.#watermarks, ([keyId, sequence]) => lineOf(at, { keyId, sequence }))
    try {
      this.#file = await this.#begin(at, lines)
      await old.close()
    } catch {
      // A disk that is full shows at the next watermark.
    }
    this.#compactAtBytes = Math.max(this.#options.compactAtBytes ?? leastBytes, 4 * (this.#file ?? old).length)
  }
}

function lineOf (at: string, { keyId, sequence }: Watermark): LineMembers & Watermark {
  return { at, kind: 'watermark', keyId, sequence }
}

function raise (watermarks: Map<string, number>, { keyId, sequence }: Watermark): void {
  watermarks.set(keyId, Math.max(sequence, watermarks.get(keyId) ?? 0))
}

function isWatermark (line: ChainedLine): line is ChainedLine & Watermark {
  return line.kind === 'watermark' && typeof line.keyId === 'string' && Number.isSafeInteger(line.sequence)
}
