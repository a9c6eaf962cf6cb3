import { decodeLine, genesis } from './chained-line.ts'
import type { ChainedLine, ChainHead } from './chained-line.ts'
import type { ChainFault, ChainFaultKind } from './chain-fault.ts'
import { isLeftByCrash } from './crash-ending.ts'
import { rawLines } from './raw-lines.ts'
import type { RawLine } from './raw-lines.ts'
import { isTornLine, tornLineOf } from './torn-line.ts'
import type { TornLine } from './torn-line.ts'

/** One that nothing closes off yet. */
export interface OpenTornLine extends TornLine {
  /** Of its first byte in the file. */
  readonly offset: number
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

/** Lines since the latest good one whose bytes fit no hash; the place is that of the first. */
interface Doubtful extends Place {
  /** In the file. */
  readonly offset: number
  lines: number
  /** Whether each of them may be one that a crash tore. */
  leftByCrash: boolean
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
  #doubtful: Doubtful | undefined

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
    let end = 0
    for (const raw of rawLines(descriptor)) {
      const place = { file, line: ++line }
      const decoded = raw.bytes.length === raw.length ? decodeLine(raw.bytes) : undefined
      if (decoded?.kind === 'recovery') this.#recover(decoded, place, { descriptor, end: raw.offset - 1 })
      if (decoded !== undefined) this.#take(decoded, place)
      else this.#doubt(raw, place)
      end = raw.offset + raw.length + (raw.whole ? 1 : 0)
      if (decoded !== undefined && !raw.whole) this.#lackNewline(place)
    }
    this.#end(descriptor, end)
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
    this.#recoveries++
  }

  #doubt ({ bytes, offset }: RawLine, place: Place): void {
    this.#doubtful ??= { ...place, offset, lines: 0, leftByCrash: true }
    this.#doubtful.lines++
    this.#doubtful.leftByCrash &&= isLeftByCrash(bytes, this.head)
  }

  /** Tells of the lines in doubt, and answers how many there were. */
  #settle (): number {
    const lines = this.#doubtful?.lines ?? 0
    if (this.#doubtful !== undefined) {
      this.#tell('changed', this.#doubtful, lines === 1 ? 'the line does not fit its hash' : `${lines} lines do not fit their hashes`)
    }
    this.#doubtful = undefined
    return lines
  }

  #lackNewline (place: Place): void {
    this.#lacksNewline = true
    this.#tell('torn', place, 'the last line has no newline')
  }

  /**
   * What is in doubt at the end is a torn line, as far as crashes can have left it: they may come again and again while one is being closed
   * off.
   */
  #end (descriptor: number, end: number): void {
    if (this.#doubtful?.leftByCrash === true) {
      const { offset } = this.#doubtful
      this.#tell('torn', this.#doubtful, `the last line is not whole: ${end - offset} bytes`)
      this.#torn = { ...tornLineOf(descriptor, offset, end), offset }
      this.#doubtful = undefined
    }
    this.#settle()
  }

  #tell (kind: ChainFaultKind, { file, line }: Place, detail: string): void {
    this.#faults++
    this.#observer.onFault?.({ kind, file, line, detail })
  }
}

function range (from: number, to: number): string {
  return from === to ? `entry ${from} is` : `entries ${from} to ${to} are`
}
