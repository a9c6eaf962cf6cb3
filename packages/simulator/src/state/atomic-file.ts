import { randomBytes } from 'node:crypto'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Writes a file so that a reader, or a restart after a crash, sees the old content or the new and never a part: write beside it, fsync,
 * rename, fsync of the folder. Creates the folder when it is missing. Where the new content cannot be written the old stays.
 *
 * @param mode - Permission bits of the file. Default 0600.
 */
export async function writeFileAtomically (path: string, content: string | Uint8Array, mode = 0o600): Promise<void> {
  const folder = dirname(path)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const partial = `${path}.${randomBytes(6).toString('hex')}.partial`
  try {
    await writeThrough(partial, content, mode)
    await rename(partial, path)
  } catch (error) {
    await rm(partial, { force: true })
    throw error
  }
  await using handle = await open(folder, 'r')
  await handle.sync()
}

async function writeThrough (path: string, content: string | Uint8Array, mode: number): Promise<void> {
  await using file = await open(path, 'wx', mode)
  await file.chmod(mode)
  await file.writeFile(content)
  await file.sync()
}
