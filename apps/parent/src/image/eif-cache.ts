import { constants } from 'node:fs'
import { access, mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** EIFs by digest in a folder. A file under its final name is complete: it was renamed there after it was written and synced. */
export interface EifCache {
  /** The path of the EIF of `digest`; `build` writes it to the path it is given where it is not there yet. */
  obtain: (digest: string, build: (partialPath: string) => Promise<unknown>) => Promise<string>
  /** Removes a file that turned out to be damaged. */
  discard: (digest: string) => Promise<void>
}

/** A cache in `directory`, which is made where it is missing. */
export function createEifCache (directory: string): EifCache {
  const pathOf = (digest: string): string => join(directory, `${digest}.eif`)
  return {
    obtain: async (digest, build) => {
      const path = pathOf(digest)
      if (await exists(path)) return path
      await mkdir(directory, { recursive: true })
      const partialPath = `${path}.partial`
      await rm(partialPath, { force: true })
      await build(partialPath)
      await sync(partialPath)
      await rename(partialPath, path)
      await sync(dirname(path))
      return path
    },
    discard: async digest => { await rm(pathOf(digest), { force: true }) },
  }
}

async function exists (path: string): Promise<boolean> {
  return await access(path, constants.R_OK).then(() => true, () => false)
}

async function sync (path: string): Promise<void> {
  await using file = await open(path, 'r')
  await file.sync()
}
