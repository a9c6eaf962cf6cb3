import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

import type { OpenDiskFile } from '../journal/append-file.ts'
import { genesis } from '../journal/chained-line.ts'
import type { ChainHead, LineMembers } from '../journal/chained-line.ts'
import { JournalFile, partialExtension } from '../journal/journal-file.ts'
import { makeDirectory } from '../journal/make-directory.ts'

const name = /^audit-\d{16}\.jsonl$/

/** Whether a file of that name belongs to the log; they sort by name in the order of their lines. */
export function isAuditFile (file: string): boolean {
  return name.test(file)
}

/** Where the files are and when a new one is begun. */
export interface AuditFilesOptions {
  directory: string
  /** A file that has this many bytes is followed by another. */
  fileBytes: number
  openFile?: OpenDiskFile | undefined
}

/** The files of the audit log: the chain runs on from one to the next, and none is ever removed. */
export class AuditFiles {
  readonly #options: AuditFilesOptions
  #current: JournalFile | undefined

  private constructor (options: AuditFilesOptions, current: JournalFile | undefined) {
    this.#options = options
    this.#current = current
  }

  /**
   * Opens the newest file of the folder, which is made where it is missing. Nothing is written yet.
   *
   * @throws JournalDamaged where the newest file's lines do not hold together.
   */
  static async open (options: AuditFilesOptions): Promise<AuditFiles> {
    const { directory, openFile } = options
    await makeDirectory(directory, openFile)
    const files = await readdir(directory)
    for (const partial of files.filter(file => file.endsWith(partialExtension))) await rm(join(directory, partial), { force: true })
    const newest = files.filter(isAuditFile).sort().at(-1)
    return new AuditFiles(options, newest === undefined ? undefined : await JournalFile.open(join(directory, newest), { openFile }))
  }

  /** The latest line. */
  get head (): ChainHead {
    return this.#current?.head ?? genesis
  }

  /** Written and not known to be on the disk. */
  get unsyncedBytes (): number {
    return this.#current?.unsyncedBytes ?? 0
  }

  /** Whether the newest file ends with a line that a crash tore; the next append closes it off. */
  get isTorn (): boolean {
    return this.#current?.torn !== undefined
  }

  /** Appends lines, all or none; `durably` waits until they are on the disk. Appends must not overlap. */
  async append (lines: readonly LineMembers[], how: { durably: boolean }): Promise<void> {
    const current = this.#current
    // A file that is followed by another is never written to again: it must end with a newline.
    const goesOn = current !== undefined && (current.isUnfinished || current.length < this.#options.fileBytes)
    const file = goesOn ? current : await this.#begin(lines[0]?.at ?? '')
    await file.append(lines, how)
  }

  /** Has everything written so far put on the disk. */
  async sync (): Promise<void> {
    await this.#current?.sync()
  }

  async close (): Promise<void> {
    await this.#current?.close()
  }

  /** A new file has nothing but its header, so that lines which cannot be written are not half there when it is gone on with. */
  async #begin (at: string): Promise<JournalFile> {
    const before = this.#current
    await before?.sync()
    const { head } = this
    const path = join(this.#options.directory, `audit-${String(head.entry + 1).padStart(16, '0')}.jsonl`)
    const header: LineMembers & { format: number } = { at, kind: 'file', format: 1 }
    const file = await JournalFile.create(path, head, [header], this.#options.openFile)
    this.#current = file
    // Everything in it is on the disk: nothing hangs on how it is closed.
    await before?.close().catch(() => undefined)
    return file
  }
}
