import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

import type { DoctorSettings } from './settings.ts'

/** An EIF that is there. */
export interface KnownEif {
  path: string
  bytes: number
}

/** The EIF of ENCLAVE_EIF_PATH, else the newest that the service built; undefined where there is none. */
export async function findEif ({ eifPath, dataDir }: DoctorSettings): Promise<KnownEif | undefined> {
  const folder = join(dataDir, 'eif')
  const paths = eifPath === undefined ? (await namesIn(folder)).filter(name => name.endsWith('.eif')).map(name => join(folder, name)) : [eifPath]
  const files = await Promise.all(paths.map(sizeAndAge))
  const [newest] = files.filter(file => file !== undefined).sort((a, b) => b.modifiedMs - a.modifiedMs)
  return newest === undefined ? undefined : { path: newest.path, bytes: newest.bytes }
}

async function namesIn (folder: string): Promise<string[]> {
  return await readdir(folder).catch(() => [])
}

async function sizeAndAge (path: string): Promise<KnownEif & { modifiedMs: number } | undefined> {
  const stats = await stat(path).catch(() => undefined)
  return stats?.isFile() === true ? { path, bytes: stats.size, modifiedMs: stats.mtimeMs } : undefined
}
