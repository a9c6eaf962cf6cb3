import { decodeLine, genesis } from './chained-line.ts'
import type { ChainedLine, ChainHead } from './chained-line.ts'
import type { ChainFault, ChainFaultKind } from './chain-fault.ts'
import { rawLines } from './raw-lines.ts'
import type { RawLine } from './raw-lines.ts'
import { isTornLine, tornLineOf } from './torn-line.ts'
import type { TornLine } from './torn-line.ts'

/** One that nothing closes off yet, with how many of the faults that were told are nothing else. */
export interface OpenTornLine extends TornLine {
  readonly faults: number
}

/** Whom a walk tells. */
export interface ChainWalkObserver {
  onFault?: (fault: ChainFault) => void
  /** Every line whose bytes fit its hash and that is in its place. */
  onLine?: (line: ChainedLine) => void
}

interface Place {
  readonly file: string
  readonly line: number
}

interface Doubtful extends Place {
  /** In the file. */
  readonly offset: number
}

/**
 * Reads the files of a chain in the order of their lines and tells every fault. After a fault it goes on from what it finds, so that one
 * fault is told once. Memory is bounded, whatever the files hold.
 */
export class ChainWalk {
  readonly #observer: ChainWalkObserver
  #head: ChainHead | undefined
  #first: number | undefined
  #lines = 0
  #recoveries = 0
  #faults = 0
  #torn: OpenTornLine | undefined
  #lacksNewline = false
  /** Lines since the latest good one whose bytes fit no hash: the first of them, and how many. */
  #doubtful: Doubtful | undefined
  #doubtfulLines = 0

  constructor (observer: ChainWalkObserver = {}) {
    this.#observer = observer
  }

  /** The latest line in its place. */
  get head (): ChainHead {
    return this.#head ?? genesis
  }

  /** The number of the first line; undefined where there was none. */
  get first (): number | undefined {
    return this.#first
  }

  /** Lines in their places. */
  get lines (): number {
    return this.#lines
  }

  /** Torn lines that were closed off. */
  get recoveries (): number {
    return this.#recoveries
  }

  get faults (): number {
    return this.#faults
  }

  /** What the latest file ends with in the place of a whole line. */
  get torn (): OpenTornLine | undefined {
    return this.#torn
  }

  /** Whether of the latest file's last line nothing but the newline is missing: it counts as a line. */
  get lacksNewline (): boolean {
    return this.#lacksNewline
  }

  /** Reads an open file from its beginning. */
  walkFile (file: string, descriptor: number): void {
    this.#torn = undefined
    this.#lacksNewline = false
    let line = 0
    for (const raw of rawLines(descriptor)) {
      const place = { file, line: ++line }
      const decoded = raw.bytes.length === raw.length ? decodeLine(raw.bytes) : undefined
      if (decoded?.kind === 'recovery') this.#recover(decoded, place, { descriptor, end: raw.offset - 1 })
      if (decoded !== undefined) this.#take(decoded, place)
      else if (raw.whole) this.#doubt(raw, place)
      if (!raw.whole) this.#end(raw, place, decoded === undefined ? descriptor : undefined)
    }
    this.#settle()
    if (line === 0) this.#tell('headless', { file, line: 1 }, 'the file is empty')
  }

  #take (line: ChainedLine, place: Place): void {
    const doubtfulLines = this.#settle()
    if (place.line === 1 && line.kind !== 'file') this.#tell('headless', place, 'the first line is not the header of the file')
    if (!this.#isInPlace(line, place, doubtfulLines)) return
    this.#head = { entry: line.entry, hash: line.hash }
    this.#first ??= line.entry
    this.#lines++
    this.#observer.onLine?.(line)
  }

  /** A line that comes too late is told and passed over; after any other fault the chain goes on from the line itself. */
  #isInPlace ({ entry, previous }: ChainedLine, place: Place, doubtfulLines: number): boolean {
    const head = this.#head ?? (entry === 1 ? genesis : { entry: entry - 1, hash: previous })
    const expected = head.entry + 1
    if (entry === expected && previous === head.hash) return true
    if (entry < expected) {
      this.#tell('repeated', place, `entry ${entry} comes again or out of its order, after entry ${head.entry}`)
      return false
    }
    if (entry > expected + doubtfulLines) this.#tell('missing', place, `${range(expected + doubtfulLines, entry - 1)} missing before entry ${entry}`)
    else if (doubtfulLines === 0) this.#tell('replaced', place, `entry ${entry} does not follow from the entry ${head.entry} that is here`)
    return true
  }

  /** What is torn before a recovery record is no fault where it is, byte for byte, what the record says. */
  #recover (line: ChainedLine, place: Place, { descriptor, end }: { descriptor: number, end: number }): void {
    const torn = this.#doubtful
    if (torn === undefined || !isTornLine(line.torn, tornLineOf(descriptor, torn.offset, end))) {
      this.#tell('unfounded', place, 'the recovery record does not fit what is before it')
      return
    }
    this.#doubtful = undefined
    this.#doubtfulLines = 0
    this.#recoveries++
  }

  #doubt ({ offset }: RawLine, place: Place): void {
    this.#doubtful ??= { ...place, offset }
    this.#doubtfulLines++
  }

  /** Tells of the lines in doubt, and answers how many there were. */
  #settle (): number {
    const lines = this.#doubtfulLines
    if (this.#doubtful !== undefined) {
      this.#tell('changed', this.#doubtful, lines === 1 ? 'the line does not fit its hash' : `${lines} lines do not fit their hashes`)
    }
    this.#doubtful = undefined
    this.#doubtfulLines = 0
    return lines
  }

  /**
   * `descriptor` is given where the line is torn. One line in doubt before it is torn too: a crash may come while a torn line is being
   * closed off.
   */
  #end ({ offset, length }: RawLine, place: Place, descriptor: number | undefined): void {
    const begin = this.#doubtful?.offset ?? offset
    const doubtfulLines = this.#settle()
    if (descriptor === undefined) this.#lacksNewline = true
    else if (doubtfulLines <= 1) this.#torn = { ...tornLineOf(descriptor, begin, offset + length), faults: 1 + doubtfulLines }
    this.#tell('torn', place, `the last line is not whole: ${length} bytes without a newline`)
  }

  #tell (kind: ChainFaultKind, { file, line }: Place, detail: string): void {
    this.#faults++
    this.#observer.onFault?.({ kind, file, line, detail })
  }
}

function range (from: number, to: number): string {
  return from === to ? `entry ${from} is` : `entries ${from} to ${to} are`
}
