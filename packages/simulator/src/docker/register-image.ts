import { readdir, readFile } from 'node:fs/promises'
import { join, posix, relative, sep } from 'node:path'

import type { Image, ImageConfig } from './image.ts'
import type { ImageStore } from './image-store.ts'

/** The image that the simulated container of the parent runs from. */
export const developmentImage = 'enclave-signer:dev'

/** What of the repository is in the image: the enclave's program and the lock file that pins everything else it loads. */
const programPaths = [
  'apps/enclave/package.json',
  'apps/enclave/src',
  'packages/protocol/package.json',
  'packages/protocol/src',
  'pnpm-lock.yaml',
]

/** The working directory of the image. */
const imageRoot = '/app'

/** The service's image starts the parent; an enclave's image is derived from it with a command of its own. */
const developmentConfig: ImageConfig = {
  Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
  Cmd: ['node', `${imageRoot}/apps/parent/src/main.ts`],
  Entrypoint: null,
}

/**
 * Registers the development image: the enclave's program as it lies in the repository now. Its id, and so PCR0 of an enclave built from it,
 * changes with every change of that program.
 *
 * @param repository - The repository's root folder.
 */
export async function registerDevelopmentImage (store: ImageStore, repository: string): Promise<Image> {
  const paths = (await Promise.all(programPaths.map(async (path) => await filesUnder(join(repository, path))))).flat().sort()
  const rootfs = await Promise.all(paths.map(async (path) => ({
    path: posix.join(imageRoot, relative(repository, path).replaceAll(sep, '/')),
    sha256: await store.putContent(await readFile(path)),
  })))
  return await store.put({ config: developmentConfig, rootfs }, developmentImage)
}

/** The files in a folder and below; of a file, itself; of nothing, none. */
async function filesUnder (path: string): Promise<string[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true, recursive: true })
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOTDIR') return [path]
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}
