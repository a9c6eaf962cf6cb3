import { hash } from 'node:crypto'

/*
 * A line of a journal is a JSON object in UTF-8 with a newline. `entry` counts the lines over all files, `previous` repeats the hash of the
 * line before, `hash` comes last and is the SHA-256 of every byte of the line that stands before `,"hash":`. So each byte of a line is
 * covered by its own hash, and each line by every later one.
 */

/** Where a chain has got to: its latest line. */
export interface ChainHead {
  /** Its number; 0 before the first. */
  readonly entry: number
  /** SHA-256, 64 lower-case hexadecimal digits; zeros before the first line. */
  readonly hash: string
}

/** What a line says, without its place in the chain. */
export interface LineMembers {
  /** ISO 8601. */
  readonly at: string
  readonly kind: string
}

/** A line whose bytes fit its hash. Whether it is in its place is for the chain to say. */
export interface ChainedLine extends LineMembers, ChainHead {
  readonly previous: string
  readonly [member: string]: unknown
}

/** Before the first line of a chain. */
export const genesis: ChainHead = { entry: 0, hash: '0'.repeat(64) }

/** A line is under 2 KiB: names of at most 128 characters and hashes. */
export const maxLineBytes = 64 * 1024

const hashMember = ',"hash":"'
const lineEnd = Buffer.from('"}')
/** `,"hash":"`, 64 digits, `"}`. */
const tailBytes = hashMember.length + 64 + 2

/** The next line of a chain with its newline, and the head it makes. */
export function encodeLine (head: ChainHead, members: LineMembers): { text: string, head: ChainHead } {
  const entry = head.entry + 1
  const body = `${beginningOf(head)}${JSON.stringify(members).slice(1, -1)}`
  const digest = hash('sha256', body)
  return { text: `${body}${hashMember}${digest}"}\n`, head: { entry, hash: digest } }
}

/** What the next line begins with, whatever it says. */
export function beginningOf (head: ChainHead): string {
  return `{"entry":${head.entry + 1},"previous":"${head.hash}",`
}

/** Reads a line without its newline; undefined where its bytes do not fit its hash, or it is no line of a journal. */
export function decodeLine (bytes: Buffer): ChainedLine | undefined {
  const bodyEnd = bytes.length - tailBytes
  if (bodyEnd < 1) return undefined
  const digest = hash('sha256', bytes.subarray(0, bodyEnd))
  if (bytes.toString('latin1', bodyEnd) !== `${hashMember}${digest}"}`) return undefined
  try {
    const line: unknown = JSON.parse(bytes.toString('utf8'))
    return isChainedLine(line) ? line : undefined
  } catch {
    return undefined
  }
}

/** Whether bytes are those of a line as far as its hash, or end as a line does. */
export function hasTail (bytes: Buffer): boolean {
  const hashAt = bytes.lastIndexOf(hashMember)
  return (hashAt >= 0 && hashAt + tailBytes <= bytes.length) || bytes.subarray(-2).equals(lineEnd)
}

function isChainedLine (line: unknown): line is ChainedLine {
  return typeof line === 'object' && line !== null && 'entry' in line && 'previous' in line && 'kind' in line &&
    Number.isSafeInteger(line.entry) && typeof line.previous === 'string' && typeof line.kind === 'string'
}
