import type { KeptLine } from './kept-lines.ts'

/** One event of a `text/event-stream` (HTML standard, section 9.2). The JSON has no line ends of its own. */
export function eventOf ({ id, line }: KeptLine): string {
  return `id: ${id}\ndata: ${JSON.stringify(line)}\n\n`
}

/** A line that clients leave aside. */
export function commentOf (text: string): string {
  return `: ${text}\n\n`
}

/** The number that a client had last, from its `Last-Event-ID`; 0, before every line, where it has none or something else. */
export function lastEventIdOf (header: string | string[] | undefined): number {
  return typeof header === 'string' && /^\d{1,15}$/.test(header) ? Number(header) : 0
}
