import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

import type { DoctorPaths } from './paths.ts'

/** The hugepages of one size. */
export interface HugepagePool {
  pageKib: number
  total: number
  /** Neither used nor promised to anybody. */
  free: number
}

/**
 * Hugepages of every size from /sys/kernel/mm/hugepages; the allocator prefers pages of 1 GiB, which /proc/meminfo does not count. Of the
 * default size alone from /proc/meminfo where the former cannot be read. Undefined where neither can.
 */
export async function readHugepages ({ hugepages, meminfo }: Pick<DoctorPaths, 'hugepages' | 'meminfo'>): Promise<HugepagePool[] | undefined> {
  try {
    const names = (await readdir(hugepages)).filter(name => pageKibOf(name) !== undefined).sort()
    if (names.length > 0) return await Promise.all(names.map(async name => await readPool(hugepages, name)))
  } catch {}
  return await readFile(meminfo, 'utf8').then(readMeminfo, () => undefined)
}

function pageKibOf (name: string): number | undefined {
  const digits = /^hugepages-(\d{1,10})kB$/.exec(name)?.[1]
  return digits === undefined ? undefined : Number(digits)
}

async function readPool (folder: string, name: string): Promise<HugepagePool> {
  const count = async (file: string): Promise<number> => toCount(await readFile(join(folder, name, file), 'utf8'))
  const [total, free, promised] = await Promise.all([count('nr_hugepages'), count('free_hugepages'), count('resv_hugepages')])
  return { pageKib: pageKibOf(name) ?? 0, total, free: Math.max(0, free - promised) }
}

function readMeminfo (text: string): HugepagePool[] | undefined {
  const value = (name: string): string | undefined => new RegExp(`^${name}:\\s+(\\d{1,15})`, 'm').exec(text)?.[1]
  const [pageKib, total, free] = [value('Hugepagesize'), value('HugePages_Total'), value('HugePages_Free')]
  if (pageKib === undefined || total === undefined || free === undefined) return undefined
  return [{ pageKib: Number(pageKib), total: Number(total), free: Math.max(0, Number(free) - Number(value('HugePages_Rsvd') ?? 0)) }]
}

function toCount (text: string): number {
  if (!/^\d{1,15}\s*$/.test(text)) throw new TypeError('not a count')
  return Number(text)
}
