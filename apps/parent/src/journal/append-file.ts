import { writeSync } from 'node:fs'
import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'

/** What is done to a file; tests put a disk that is full in its place. */
export interface DiskFile {
  /** Writes at `position`; answers how many bytes were taken, which may be fewer. */
  write: (bytes: Uint8Array, position: number) => Promise<number>
  /** Returns once everything written is on the disk (fdatasync); of a folder, once its entries are (fsync). */
  sync: () => Promise<void>
  truncate: (length: number) => Promise<void>
  close: () => Promise<void>
}

/** Opens a file to read and write, with mode 0600 where it is new. `flags` as of open(2): `r+`, `wx+` for a new one, `r` for a folder. */
export type OpenDiskFile = (path: string, flags: 'r+' | 'wx+' | 'r') => Promise<DiskFile>

/** The disk itself. */
export const openDiskFile: OpenDiskFile = async (path, flags) => diskFile(await open(path, flags, 0o600), flags === 'r')

function diskFile (file: FileHandle, isFolder: boolean): DiskFile {
  return {
    // Into the page cache that takes 2 to 3 µs; the way through the thread pool and back would cost more than the write.
    write: (bytes, position) => new Promise(resolve => { resolve(writeSync(file.fd, bytes, 0, bytes.length, position)) }),
    sync: async () => { await (isFolder ? file.sync() : file.datasync()) },
    truncate: async length => { await file.truncate(length) },
    close: async () => { await file.close() },
  }
}

/**
 * A file that grows at its end by whole appends. What an append that failed has left is cut off before the next one. After a failed sync
 * nobody knows which pages are on the disk, and a second fsync(2) would not say (the kernel reports a failure once): what has not been
 * synced is therefore kept in memory and written again.
 */
export class AppendFile {
  readonly #file: DiskFile
  #end: number
  #synced: number
  #unsynced: Buffer[] = []
  #suspect = false

  /** `length` is that of the file as it is. */
  constructor (file: DiskFile, length: number) {
    this.#file = file
    this.#end = length
    this.#synced = length
  }

  /** Bytes of the file as far as it counts. */
  get length (): number {
    return this.#end
  }

  get unsyncedBytes (): number {
    return this.#end - this.#synced
  }

  /** Appends at the system's mercy: it outlives this process, not the machine, until {@link sync}. Appends must not overlap. */
  async append (bytes: Buffer): Promise<void> {
    await this.#write(bytes)
    this.#end += bytes.length
    this.#unsynced.push(bytes)
  }

  /** Appends and syncs; where this fails, the file is as if nothing had been appended. */
  async appendDurably (bytes: Buffer): Promise<void> {
    await this.#write(bytes)
    await this.#sync()
    this.#end += bytes.length
    this.#keepFrom(this.#end)
  }

  /** Has everything appended so far put on the disk; may run beside an append. */
  async sync (): Promise<void> {
    const end = this.#end
    await this.#sync()
    this.#keepFrom(end)
  }

  async close (): Promise<void> {
    await this.#file.close()
  }

  async #write (bytes: Buffer): Promise<void> {
    if (this.#suspect) await this.#mend()
    await this.#suspectUnless(async () => { await this.#writeAt(bytes, this.#end) })
  }

  async #sync (): Promise<void> {
    await this.#suspectUnless(async () => { await this.#file.sync() })
  }

  /** Brings the file back to what counts of it. */
  async #mend (): Promise<void> {
    const end = this.#end
    this.#suspect = false
    await this.#suspectUnless(async () => {
      await this.#file.truncate(end)
      await this.#writeAt(Buffer.concat(this.#unsynced), this.#synced)
      await this.#file.sync()
    })
    this.#keepFrom(end)
  }

  async #suspectUnless (work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      this.#suspect = true
      throw error
    }
  }

  async #writeAt (bytes: Buffer, position: number): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      const written = await this.#file.write(bytes.subarray(done), position + done)
      if (written === 0) throw new Error('the disk takes no more bytes')
      done += written
    }
  }

  /** What lies before `synced` is on the disk and need not be kept. */
  #keepFrom (synced: number): void {
    while (this.#synced < synced) {
      const bytes = this.#unsynced.shift()
      this.#synced = bytes === undefined ? synced : this.#synced + bytes.length
    }
  }
}
