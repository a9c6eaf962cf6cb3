import { closeSync, openSync } from 'node:fs'
import { basename } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import type { ChainFault } from '../journal/chain-fault.ts'
import { ChainWalk } from '../journal/chain-walk.ts'
import type { ChainHead } from '../journal/chained-line.ts'

/** What a log was found to be. */
export interface Verification {
  readonly files: number
  readonly lines: number
  /** The number of the first line. */
  readonly first: number | undefined
  readonly head: ChainHead
  /** Torn lines that a recovery record closes off. */
  readonly recoveries: number
  readonly faults: number
  /** The first of them. */
  readonly told: readonly ChainFault[]
  /** Hashes that the log should hold and does not. */
  readonly missingHeads: readonly string[]
}

const mostTold = 100
/** Time for a service that is writing to get to the end of its line. */
const writingMs = 300

/**
 * Reads the files of a log one after another, in bounded memory.
 *
 * @param expectedHeads - Hashes that were the head of the log at some time.
 */
export async function verifyAuditFiles (paths: readonly string[], expectedHeads: readonly string[] = []): Promise<Verification> {
  const verification = walk(paths, expectedHeads)
  const [fault] = verification.told
  if (verification.faults !== 1 || fault?.kind !== 'torn') return verification
  await sleep(writingMs)
  return walk(paths, expectedHeads)
}

function walk (paths: readonly string[], expectedHeads: readonly string[]): Verification {
  const told: ChainFault[] = []
  const missing = new Set(expectedHeads)
  const chain = new ChainWalk({
    onFault: fault => { if (told.length < mostTold) told.push(fault) },
    onLine: ({ hash }) => { missing.delete(hash) },
  })
  for (const path of paths.toSorted((left, right) => basename(left) < basename(right) ? -1 : 1)) walkFile(chain, path)
  const { first, head, lines, recoveries } = chain
  const missingHeads = [...missing]
  return { files: paths.length, lines, first, head, recoveries, faults: chain.faults + missingHeads.length, told, missingHeads }
}

function walkFile (chain: ChainWalk, path: string): void {
  const descriptor = openSync(path, 'r')
  try {
    chain.walkFile(basename(path), descriptor)
  } finally {
    closeSync(descriptor)
  }
}
