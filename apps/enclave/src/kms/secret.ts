import { inspect } from 'node:util'

/** A text that no log line, error or JSON can carry by mistake: it has to be asked for. */
export class Secret {
  readonly #text: string

  constructor (text: string) {
    this.#text = text
  }

  /** The text itself. */
  reveal (): string {
    return this.#text
  }

  toString (): string {
    return '[secret]'
  }

  toJSON (): string {
    return '[secret]'
  }

  [inspect.custom] (): string {
    return '[secret]'
  }
}
