import { open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Replaces a file so that a reader, or a restart after a crash, sees the old bytes or the new ones and never a part of them: write beside
 * it, fsync, rename, fsync of the folder. Mode 0600. One writer of a path at a time.
 */
export async function writeFileAtomically (path: string, contents: string): Promise<void> {
  const temporary = `${path}.tmp`
  await using file = await open(temporary, 'w', 0o600)
  await file.chmod(0o600)
  await file.writeFile(contents)
  await file.sync()
  await rename(temporary, path)
  await using folder = await open(dirname(path), 'r')
  await folder.sync()
}
