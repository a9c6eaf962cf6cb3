import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { basename } from 'node:path'

import type { ChainFault } from './chain-fault.ts'
import { ChainWalk } from './chain-walk.ts'
import type { OpenTornLine } from './chain-walk.ts'
import { maxLineBytes } from './chained-line.ts'
import type { ChainedLine, ChainHead } from './chained-line.ts'
import type { TornLine } from './torn-line.ts'

/** A journal's file whose lines do not hold together: more than its last line is not as it was written. */
export class JournalDamaged extends Error {
  override readonly name = 'JournalDamaged'
  /** The first fault. */
  readonly fault: ChainFault

  constructor (fault: ChainFault) {
    super(`${fault.file}, line ${fault.line}: ${fault.detail}`)
    this.fault = fault
  }
}

/** How a file ends before the next append. */
export interface Ending {
  /** Closed off by a recovery record. */
  readonly torn: TornLine | undefined
  /** Its last line is whole but for that. */
  readonly lacksNewline: boolean
}

/** A file that can be gone on with. */
export interface CheckedFile {
  readonly head: ChainHead
  readonly ending: Ending
  /** In bytes. */
  readonly length: number
}

/** Whom reading a file tells. */
export interface JournalFileObserver {
  /** Every line, in order. */
  onLine?: (line: ChainedLine) => void
  /** The bytes of the torn line at the end, of a very long one the first 64 KiB. */
  onTorn?: (bytes: Buffer) => void
}

/**
 * Reads every line of a file.
 *
 * @throws JournalDamaged where more is wrong than what a crash leaves at the end.
 */
export function checkJournalFile (path: string, { onLine, onTorn }: JournalFileObserver = {}): CheckedFile {
  let fault: ChainFault | undefined
  const walk = new ChainWalk({ onFault: found => { fault ??= found }, onLine: line => onLine?.(line) })
  const descriptor = openSync(path, 'r')
  try {
    walk.walkFile(basename(path), descriptor)
    const excused = walk.torn !== undefined || walk.lacksNewline ? 1 : 0
    if (fault !== undefined && (walk.faults > excused || walk.lines === 0)) throw new JournalDamaged(fault)
    if (walk.torn !== undefined) onTorn?.(bytesOf(walk.torn, descriptor))
    return { head: walk.head, ending: { torn: walk.torn, lacksNewline: walk.lacksNewline }, length: fstatSync(descriptor).size }
  } finally {
    closeSync(descriptor)
  }
}

function bytesOf ({ offset, bytes }: OpenTornLine, descriptor: number): Buffer {
  const buffer = Buffer.alloc(Math.min(bytes, maxLineBytes))
  return buffer.subarray(0, readSync(descriptor, buffer, 0, buffer.length, offset))
}
