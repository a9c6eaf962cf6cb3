/** Commits a group of entries, in their order; all of them or, where it throws, none. */
export type Commit<E> = (entries: readonly E[]) => Promise<void>

interface Waiting<E> {
  readonly entry: E
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** Bounds what one write carries. */
const defaultMostEntries = 1024

/**
 * Commits entries together: those that come while a commit is under way, and those of one turn of the event loop, share the next one. So
 * the cost of a commit, a sync of the disk above all, is paid once for all that wait.
 */
export class GroupCommit<E> {
  readonly #commit: Commit<E>
  readonly #mostEntries: number
  #waiting: Waiting<E>[] = []
  #running: Promise<void> | undefined

  constructor (commit: Commit<E>, mostEntries = defaultMostEntries) {
    this.#commit = commit
    this.#mostEntries = mostEntries
  }

  /** Settles as the commit of the entry's group does. */
  async add (entry: E): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#waiting.push({ entry, resolve, reject })
      this.#running ??= this.#run()
    })
  }

  /** Settles when nothing waits. */
  async idle (): Promise<void> {
    await this.#running
  }

  async #run (): Promise<void> {
    // Once the microtasks of this turn are done: everything that one arriving packet has led to goes into one group.
    await new Promise<void>(resolve => { process.nextTick(resolve) })
    while (this.#waiting.length > 0) await this.#commitGroup(this.#waiting.splice(0, this.#mostEntries))
    this.#running = undefined
  }

  async #commitGroup (group: Waiting<E>[]): Promise<void> {
    try {
      await this.#commit(group.map(({ entry }) => entry))
      for (const { resolve } of group) resolve()
    } catch (error) {
      for (const { reject } of group) reject(error)
    }
  }
}
