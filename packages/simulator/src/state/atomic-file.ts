import { randomBytes } from 'node:crypto'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Writes a file whole: a reader sees the old content or the new, never a part. Creates the folder when it is missing.
 *
 * @param mode - Permission bits of the file. Default 0600.
 */
export async function writeFileAtomically (path: string, content: string | Uint8Array, mode = 0o600): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const partial = `${path}.${randomBytes(6).toString('hex')}.partial`
  await writeFile(partial, content, { mode, flush: true })
  await rename(partial, path)
}
