import { inspect } from 'node:util'

const hidden = '[secret]'

/** A value that reaches no log: printing, inspecting or serialising it gives `[secret]`. Only {@link Secret.reveal} hands it out. */
export class Secret {
  readonly #value: string

  constructor (value: string) {
    this.#value = value
  }

  /** The value itself, for the one call that needs it. */
  reveal (): string {
    return this.#value
  }

  toString (): string {
    return hidden
  }

  toJSON (): string {
    return hidden
  }

  [inspect.custom] (): string {
    return hidden
  }
}
