import { rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

import { AppendFile, openDiskFile } from './append-file.ts'
import type { DiskFile, OpenDiskFile } from './append-file.ts'
import { encodeLine } from './chained-line.ts'
import type { ChainHead, LineMembers } from './chained-line.ts'
import { checkJournalFile } from './check-journal-file.ts'
import type { Ending, JournalFileObserver } from './check-journal-file.ts'
import { syncDirectory } from './sync-directory.ts'
import type { TornLine } from './torn-line.ts'

/** What opening a file may be told. */
export interface JournalFileOptions extends JournalFileObserver {
  openFile?: OpenDiskFile | undefined
}

/** A new file that is not in its place yet has this after its name; what a crash left of it means nothing. */
export const partialExtension = '.partial'

const whole: Ending = { torn: undefined, lacksNewline: false }

/** One file of a chain, open for more lines. */
export class JournalFile {
  readonly #file: AppendFile
  #head: ChainHead
  #ending: Ending
  /** Open while this file's entry in it is not known to be on the disk. */
  #folder: DiskFile | undefined

  private constructor (file: AppendFile, head: ChainHead, ending: Ending = whole) {
    this.#file = file
    this.#head = head
    this.#ending = ending
  }

  /**
   * Opens a file that is there, after checking every line of it. One that was begun and not finished at the very end is what a crash
   * leaves: nobody was told of it, and the next append closes it off by a recovery record, or by its newline where only that is missing.
   *
   * @throws JournalDamaged where anything else is wrong; Error where it cannot be opened, with the code `ENOENT` where it is not there.
   */
  static async open (path: string, { openFile = openDiskFile, ...observer }: JournalFileOptions = {}): Promise<JournalFile> {
    const { head, ending, length } = checkJournalFile(path, observer)
    // Whoever gave the file its name may have ended before that was on the disk.
    await syncDirectory(dirname(path), openFile)
    return new JournalFile(new AppendFile(await openFile(path, 'r+'), length), head, ending)
  }

  /**
   * Makes a file that begins with a header and `lines` and goes on from `head`. It takes its name, and the place of a file that has it,
   * only once it is on the disk. Where this throws, no file has the name that did not have it before.
   */
  static async create (path: string, head: ChainHead, lines: readonly LineMembers[], openFile = openDiskFile): Promise<JournalFile> {
    const partial = path + partialExtension
    await rm(partial, { force: true })
    const disk = await openFile(partial, 'wx+')
    const file = new JournalFile(new AppendFile(disk, 0), head)
    try {
      await file.append(lines, { durably: true })
      // Before the rename: after it this is the file, and whoever went on with the one before would write what nobody will ever read.
      file.#folder = await openFile(dirname(path), 'r')
      await rename(partial, path)
    } catch (error) {
      await file.close()
      await rm(partial, { force: true })
      throw error
    }
    // Where that fails, the next append tries it again before it writes anything.
    await file.#syncName().catch(() => undefined)
    return file
  }

  /** The latest line. */
  get head (): ChainHead {
    return this.#head
  }

  /** In bytes. */
  get length (): number {
    return this.#file.length
  }

  /** Appended and not known to be on the disk. */
  get unsyncedBytes (): number {
    return this.#file.unsyncedBytes
  }

  /** The torn line that the next append closes off. */
  get torn (): TornLine | undefined {
    return this.#ending.torn
  }

  /** Whether its last line is torn or lacks its newline, which the next append mends. */
  get isUnfinished (): boolean {
    return this.torn !== undefined || this.#ending.lacksNewline
  }

  /** Appends lines, all or none; `durably` waits until they are on the disk. Appends must not overlap. */
  async append (lines: readonly LineMembers[], { durably }: { durably: boolean }): Promise<void> {
    await this.#syncName()
    const { text, head } = this.#encode(lines)
    const bytes = Buffer.from(text)
    await (durably ? this.#file.appendDurably(bytes) : this.#file.append(bytes))
    this.#head = head
    this.#ending = whole
  }

  /** Has everything appended so far put on the disk; may run beside an append. */
  async sync (): Promise<void> {
    await this.#syncName()
    await this.#file.sync()
  }

  async close (): Promise<void> {
    await this.#file.close()
    await this.#folder?.close()
  }

  /**
   * What is on the disk in a file whose name is not, is lost with the name. (That a second fsync(2) succeeds where the first has failed can
   * be believed of a folder: a file system that cannot write its own journal lets nothing more be written.)
   */
  async #syncName (): Promise<void> {
    const folder = this.#folder
    await folder?.sync()
    this.#folder = undefined
    await folder?.close()
  }

  #encode (lines: readonly LineMembers[]): { text: string, head: ChainHead } {
    let head = this.#head
    let text = ''
    const add = (members: LineMembers): void => {
      const line = encodeLine(head, members)
      head = line.head
      text += line.text
    }
    const { torn, lacksNewline } = this.#ending
    if (torn !== undefined || lacksNewline) text = '\n'
    if (torn !== undefined) add(recoveryOf(torn, lines[0]?.at ?? ''))
    lines.forEach(add)
    return { text, head }
  }
}

function recoveryOf ({ bytes, sha256 }: TornLine, at: string): LineMembers & { torn: TornLine } {
  return { at, kind: 'recovery', torn: { bytes, sha256 } }
}
