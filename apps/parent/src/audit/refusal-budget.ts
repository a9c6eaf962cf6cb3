/** What refusals are told apart by. */
export interface RefusalKind {
  readonly caller: string | null
  readonly action: string | null
  readonly code: string
}

/** Refusals of a kind that got no lines of their own. */
export interface UntoldRefusals extends RefusalKind {
  readonly count: number
}

/** Lines of its own that a kind of refusal gets between two drains. */
const defaultMostLines = 100
/** Kinds told apart between two drains; callers and codes come from closed sets. Beyond them only codes are told apart. */
const mostKinds = 10_000

/** Keeps whoever is refused from filling the log: beyond a number, refusals of a kind are counted and not written one by one. */
export class RefusalBudget {
  readonly #mostLines: number
  #counts = new Map<string, { kind: RefusalKind, count: number }>()

  constructor (mostLines = defaultMostLines) {
    this.#mostLines = mostLines
  }

  /** Counts a refusal; whether it gets a line of its own. */
  admit ({ caller, action, code }: RefusalKind): boolean {
    const kind = this.#counts.size < mostKinds ? { caller, action, code } : { caller: null, action: null, code }
    const name = JSON.stringify(Object.values(kind))
    const counted = this.#counts.get(name) ?? { kind, count: 0 }
    this.#counts.set(name, counted)
    return ++counted.count <= this.#mostLines
  }

  /** What has not been told since the last time, and begins anew. */
  drain (): UntoldRefusals[] {
    const counted = [...this.#counts.values()]
    this.#counts = new Map()
    return counted
      .filter(({ count }) => count > this.#mostLines)
      .map(({ kind, count }) => ({ ...kind, count: count - this.#mostLines }))
  }
}
