import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'

import { openDiskFile } from './append-file.ts'
import { syncDirectory } from './sync-directory.ts'

/**
 * Makes a folder where it is missing, with mode 0700, and its entry last: a crash of the machine takes a folder that has none, and all that
 * was synced in it. One that is there may have been made by a start that got no further.
 */
export async function makeDirectory (path: string, openFile = openDiskFile): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 })
  await syncDirectory(dirname(path), openFile)
}
