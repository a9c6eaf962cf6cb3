import { LRUCache } from 'lru-cache'

import { RequestProblem } from '../problems/request-problem.ts'

/** An answer as it left, but for the headers of the moment. */
export interface RememberedAnswer {
  readonly status: number
  readonly contentType: string
  readonly location: string | undefined
  readonly body: string
}

/** A request that can be told from others. */
export interface RememberedRequest {
  /** Caller, route and idempotency key. */
  readonly scope: string
  /** SHA-256 of the body, base64. */
  readonly fingerprint: string
}

/** Bounds of an {@link AnswerMemory}. */
export interface AnswerMemoryOptions {
  /** How long an answer is remembered, in milliseconds. */
  windowMs: number
  /** Most bytes that the answers may take together, with {@link overheadBytes} for each; 16 MiB: some 25,000 signatures. */
  maxBytes?: number
  /** Any clock that does not stop, in milliseconds. */
  now?: () => number
  /** Told when an answer had to go before its time. */
  onEvicted?: () => void
}

interface Entry {
  readonly fingerprint: string
  readonly answer: RememberedAnswer
  /** When it is to be forgotten, by the clock of the memory. */
  readonly untilMs: number
}

/** What an entry takes besides its body: scope, fingerprint, and the cache's own bookkeeping. */
const overheadBytes = 512

/** The answers of the last while under their idempotency keys. It lives in memory: a restart forgets it. */
export class AnswerMemory {
  readonly #answered: LRUCache<string, Entry>
  /** Bounded by the requests in flight. */
  readonly #underWay = new Map<string, string>()
  readonly #windowMs: number
  readonly #now: () => number

  constructor ({ windowMs, maxBytes = 16 * 1024 * 1024, now = () => performance.now(), onEvicted }: AnswerMemoryOptions) {
    this.#windowMs = windowMs
    this.#now = now
    this.#answered = new LRUCache({
      maxSize: maxBytes,
      sizeCalculation: ({ answer }) => answer.body.length + overheadBytes,
      ttl: windowMs,
      ttlResolution: 0,
      perf: { now },
      // What nobody has asked for since its time was over goes in the same way, and is no loss.
      dispose: ({ untilMs }, _scope, reason) => { if (reason === 'evict' && untilMs > now()) onEvicted?.() },
    })
  }

  /**
   * The remembered answer; undefined where the request is the first of its key, and is under way from here on until it is settled.
   *
   * @throws RequestProblem `IDEMPOTENCY_KEY_REUSED` for another body, `IDEMPOTENCY_KEY_IN_USE` while the first is under way.
   */
  begin ({ scope, fingerprint }: RememberedRequest): RememberedAnswer | undefined {
    // peek: a repeat does not make an answer younger, so that the oldest goes first.
    const known = this.#answered.peek(scope)
    const before = known?.fingerprint ?? this.#underWay.get(scope)
    if (before !== undefined && before !== fingerprint) {
      throw new RequestProblem('IDEMPOTENCY_KEY_REUSED', 'the idempotency key was used with another body')
    }
    if (known !== undefined) return known.answer
    if (before !== undefined) throw new RequestProblem('IDEMPOTENCY_KEY_IN_USE', 'the first request under the idempotency key is not answered yet')
    this.#underWay.set(scope, fingerprint)
    return undefined
  }

  /** Ends a request that {@link AnswerMemory.begin} let through, and remembers its answer where there is one to remember. */
  settle ({ scope, fingerprint }: RememberedRequest, answer: RememberedAnswer | undefined): void {
    this.#underWay.delete(scope)
    if (answer !== undefined) this.#answered.set(scope, { fingerprint, answer, untilMs: this.#now() + this.#windowMs })
  }
}
