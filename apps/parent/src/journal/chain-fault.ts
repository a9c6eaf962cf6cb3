/** What can be wrong with a journal's lines. */
export type ChainFaultKind =
  /** The bytes of a line do not fit its hash, or it is no line of a journal at all, and no crash has left it so. */
  | 'changed'
  /** Lines that were written are not there. */
  | 'missing'
  /** A line comes again, or later than it was written. */
  | 'repeated'
  /** A line in its place that does not follow from the one before it. */
  | 'replaced'
  /** The last line of a file has no newline, and no recovery record says why. */
  | 'torn'
  /** The first line of a file is not its header. */
  | 'headless'
  /** A recovery record that does not follow what it says it closed off. */
  | 'unfounded'

/** A fault and where it is. */
export interface ChainFault {
  readonly kind: ChainFaultKind
  /** The file's name. */
  readonly file: string
  /** In the file, from 1. */
  readonly line: number
  /** A few words; numbers and names only. */
  readonly detail: string
}
