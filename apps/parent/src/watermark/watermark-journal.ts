import { dirname } from 'node:path'

import type { OpenDiskFile } from '../journal/append-file.ts'
import { genesis } from '../journal/chained-line.ts'
import type { LineMembers } from '../journal/chained-line.ts'
import { JournalFile } from '../journal/journal-file.ts'
import type { JournalFileOptions } from '../journal/journal-file.ts'
import { makeDirectory } from '../journal/make-directory.ts'
import { isWatermarkLine, watermarkLine, watermarksIn } from './watermark-line.ts'
import type { Watermark } from './watermark-line.ts'

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
  readonly #watermarks = new Map<string, number>()
  /** Read in a torn line: they are written again, since nobody will look at that line any more once it is closed off. */
  #torn: readonly Watermark[] = []
  #file: JournalFile | undefined
  #compactAtBytes: number

  private constructor (options: WatermarkJournalOptions) {
    this.#options = options
    this.#compactAtBytes = options.compactAtBytes ?? leastBytes
  }

  /**
   * Reads the journal; where there is none, one is begun with the first watermark. What can still be read in a torn line counts as written:
   * nobody should have signed under it, and a number that is too high does no harm.
   *
   * @param seen - Told every key that the journal names, in case that it cannot be used.
   * @throws JournalDamaged where its lines do not hold together; Error where it cannot be opened.
   */
  static async open (options: WatermarkJournalOptions, seen: (keyId: string) => void): Promise<WatermarkJournal> {
    const { path, openFile } = options
    await makeDirectory(dirname(path), openFile)
    const journal = new WatermarkJournal(options)
    const take = (watermark: Watermark): void => {
      seen(watermark.keyId)
      journal.#raise(watermark)
    }
    journal.#file = await openIfThere(path, {
      openFile,
      onLine: line => { if (isWatermarkLine(line)) take(line) },
      onTorn: bytes => {
        journal.#torn = watermarksIn(bytes)
        journal.#torn.forEach(take)
      },
    })
    return journal
  }

  /** Whether it ends with a line that a crash tore; the next one closes it off. */
  get isTorn (): boolean {
    return this.#file?.torn !== undefined
  }

  /** A key's highest sequence that counts. */
  latest (keyId: string): number | undefined {
    return this.#watermarks.get(keyId)
  }

  /**
   * Returns when the watermarks are on the disk. They count from {@link count} on: until then each may be written again. Calls must not
   * overlap.
   */
  async write (watermarks: readonly Watermark[]): Promise<void> {
    const at = this.#at()
    const lines = [...this.#torn, ...watermarks].map(watermark => watermarkLine(at, watermark))
    this.#file ??= await this.#begin(at)
    await this.#file.append(lines, { durably: true })
    this.#torn = []
  }

  /** Has watermarks that are written count, after which the journal is replaced if it has grown. */
  async count (watermarks: readonly Watermark[]): Promise<void> {
    for (const watermark of watermarks) this.#raise(watermark)
    if (this.#file !== undefined && this.#file.length > this.#compactAtBytes) await this.#compact(this.#file)
  }

  async close (): Promise<void> {
    await this.#file?.close()
  }

  async #begin (at: string, lines: readonly LineMembers[] = []): Promise<JournalFile> {
    const { path, openFile } = this.#options
    return await JournalFile.create(path, this.#file?.head ?? genesis, [{ at, kind: 'file' }, ...lines], openFile)
  }

  /** The old journal is as good until another has its name: where none can be made, it grows on and the next try comes later. */
  async #compact (old: JournalFile): Promise<void> {
    const at = this.#at()
    const lines = Array.from(this.#watermarks, ([keyId, sequence]) => watermarkLine(at, { keyId, sequence }))
    try {
      this.#file = await this.#begin(at, lines)
      await old.close()
    } catch {
      // A disk that is full shows at the next watermark.
    }
    this.#compactAtBytes = Math.max(this.#options.compactAtBytes ?? leastBytes, 4 * (this.#file ?? old).length)
  }

  #at (): string {
    return new Date(this.#options.now()).toISOString()
  }

  #raise ({ keyId, sequence }: Watermark): void {
    this.#watermarks.set(keyId, Math.max(sequence, this.#watermarks.get(keyId) ?? 0))
  }
}

/** A journal that is there and cannot be opened is not one that is not there: another in its place would begin without its watermarks. */
async function openIfThere (path: string, options: JournalFileOptions): Promise<JournalFile | undefined> {
  try {
    return await JournalFile.open(path, options)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
