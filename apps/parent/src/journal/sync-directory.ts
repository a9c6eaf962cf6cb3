import { openDiskFile } from './append-file.ts'

/** Makes a folder's entries last. */
export async function syncDirectory (path: string, openFile = openDiskFile): Promise<void> {
  const directory = await openFile(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}
