import { stripVTControlCharacters } from 'node:util'

/** Longest line, in UTF-16 units; what is beyond is left out, and shown by an ellipsis. */
export const maxLineLength = 2000

/** Controls, line and paragraph separators, and marks that turn the direction of text, which would let a line look like another one. */
const controls = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu

/** Cuts bytes from a console, whatever they are, into lines that can be shown and logged. It holds no more than one line of them. */
export class PrintableLines {
  readonly #decoder = new TextDecoder()
  #rest = ''
  #cut = false

  /** The lines that end in these bytes. */
  push (bytes: Uint8Array): string[] {
    const [first = '', ...others] = this.#decoder.decode(bytes, { stream: true }).split('\n')
    this.#append(first)
    const lines: string[] = []
    for (const part of others) {
      lines.push(...this.#take())
      this.#append(part)
    }
    return lines
  }

  /** The last line, where it has no end. */
  end (): string[] {
    this.#append(this.#decoder.decode())
    return this.#take()
  }

  #append (text: string): void {
    const room = maxLineLength - this.#rest.length
    this.#rest += text.slice(0, room)
    this.#cut ||= text.length > room
  }

  #take (): string[] {
    const line = stripVTControlCharacters(this.#rest).replaceAll('\t', ' ').replaceAll(controls, '').trimEnd()
    const shown = this.#cut ? `${line}…` : line
    this.#rest = ''
    this.#cut = false
    return shown === '' ? [] : [shown]
  }
}
