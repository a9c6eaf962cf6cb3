import { writeSync } from 'node:fs'
import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'

import { Mutex } from './mutex.ts'

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
 * A file that grows at its end by whole appends. What an append that failed has left is cut off, at once or before the next one. After a
 * failed sync nobody knows which pages are on the disk, and a second fsync(2) would not say (the kernel reports a failure once, and has
 * marked the pages clean): what has not been synced is therefore kept in memory, and written again before any sync is believed.
 */
export class AppendFile {
  readonly #file: DiskFile
  #end: number
  #synced: number
  #unsynced: Buffer[] = []
  /** Why the file may not hold what counts of it. */
  #fault: Error | undefined
  /** Held by what changes the file, so that nothing is appended to a file that is being mended. */
  readonly #writing = new Mutex()
  /** Of two syncs at once one might be told of a failure that lost the other's pages. Whoever holds both has taken `#writing` first. */
  readonly #syncing = new Mutex()

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

  /** Appends at the system's mercy: it outlives this process, not the machine, until {@link sync}. */
  async append (bytes: Buffer): Promise<void> {
    await this.#change(async () => {
      await this.#writeAt(bytes, this.#end)
      this.#end += bytes.length
      this.#unsynced.push(bytes)
    })
  }

  /** Appends and syncs; where this fails, the file is as if nothing had been appended. */
  async appendDurably (bytes: Buffer): Promise<void> {
    await this.#change(async () => {
      await this.#writeAt(bytes, this.#end)
      await this.#sync()
      this.#end += bytes.length
      this.#keepFrom(this.#end)
    })
  }

  /** Has everything appended so far put on the disk; runs beside an append. */
  async sync (): Promise<void> {
    if (this.#fault !== undefined) {
      await this.#writing.run(() => this.#mend())
      return
    }
    const end = this.#end
    await this.#sync()
    this.#keepFrom(end)
  }

  async close (): Promise<void> {
    await this.#file.close()
  }

  /** Changes the mended file, or leaves nothing of the change. */
  async #change (work: () => Promise<void>): Promise<void> {
    await this.#writing.run(async () => {
      await this.#mend()
      try {
        await work()
      } catch (error) {
        await this.#faultUnless(() => this.#file.truncate(this.#end)).catch(() => undefined)
        throw error
      }
    })
  }

  /** One that has waited for a sync that failed fails with it. */
  async #sync (): Promise<void> {
    await this.#syncing.run(async () => {
      if (this.#fault !== undefined) throw this.#fault
      await this.#faultUnless(() => this.#file.sync())
    })
  }

  /** Brings a file with a fault back to what counts of it, on the disk too. */
  async #mend (): Promise<void> {
    if (this.#fault === undefined) return
    await this.#syncing.run(() => this.#faultUnless(async () => {
      await this.#file.truncate(this.#end)
      await this.#writeAt(Buffer.concat(this.#unsynced), this.#synced)
      await this.#file.sync()
      this.#fault = undefined
    }))
    this.#keepFrom(this.#end)
  }

  async #faultUnless (work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      this.#fault ??= error instanceof Error ? error : new Error('unknown', { cause: error })
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
