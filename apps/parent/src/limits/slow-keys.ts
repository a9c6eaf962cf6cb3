import type { KeySpec } from '@enclave-signer/protocol'

import { RequestProblem } from '../problems/request-problem.ts'
import { Gate } from './gate.ts'
import type { GateBounds } from './gate.ts'
import { stackless } from './stackless.ts'

/** One signature takes the enclave 1 ms (RSA_2048, P-384) to 7 ms (RSA_4096); every other key spec takes less than 0.1 ms. */
const slowKeySpecs: ReadonlySet<KeySpec> = new Set(['ECC_NIST_P384', 'RSA_2048', 'RSA_3072', 'RSA_4096'])

/** Signatures of one slow key that an enclave is asked for at once: enough to keep two processors busy, and others wait behind no more. */
const parallel = 4

/** The world of the slow keys. */
export interface SlowKeysPorts {
  /** All requests: those of a slow key wait aside from the others. */
  readonly requests: Pick<Gate, 'stepAside' | 'stepBack'>
  /** Of each slow key. */
  readonly bounds: GateBounds
  /** Told how long a signature waited for its turn, in milliseconds. */
  readonly onTurn: (waitedMs: number) => void
  readonly onRefused: () => void
}

/**
 * Keeps a slow key from taking the enclave from the others: its signatures wait here, in their order, not there. Keys that have none
 * under way are forgotten.
 */
export class SlowKeys {
  readonly #ports: SlowKeysPorts
  readonly #lanes = new Map<string, Lane>()

  constructor (ports: SlowKeysPorts) {
    this.#ports = ports
  }

  /**
   * Does `work` with a key: at once, or when it is the turn of a slow one.
   *
   * @throws RequestProblem `OVERLOADED`; what `work` throws.
   */
  run<T>(keyId: string, keySpec: KeySpec, work: () => Promise<T>): Promise<T> {
    return slowKeySpecs.has(keySpec) ? this.#inLane(keyId, work) : work()
  }

  /**
   * Whether a signature with the key is refused already: the key is asked for too much and there is no place. To be asked before anything
   * is done for the request; {@link SlowKeys.run} decides about the others.
   */
  refuses (keyId: string): boolean {
    const lane = this.#lanes.get(keyId)
    if (lane?.gate.overloaded !== true || !lane.gate.refuses()) return false
    this.#ports.onRefused()
    return true
  }

  async #inLane<T>(keyId: string, work: () => Promise<T>): Promise<T> {
    const { requests, onTurn, onRefused } = this.#ports
    const lane = this.#laneOf(keyId)
    if (!lane.gate.enter()) {
      onRefused()
      throw stackless(() => new RequestProblem('OVERLOADED', `${lane.gate.inside} signatures of ${keyId} are under way`))
    }
    requests.stepAside()
    try {
      onTurn(await lane.turn())
      return await work()
    } finally {
      requests.stepBack()
      lane.pass()
      lane.gate.leave()
      if (lane.gate.inside === 0 && !lane.gate.overloaded) this.#lanes.delete(keyId)
    }
  }

  #laneOf (keyId: string): Lane {
    const known = this.#lanes.get(keyId)
    if (known !== undefined) return known
    const lane = new Lane(new Gate(this.#ports.bounds))
    this.#lanes.set(keyId, lane)
    return lane
  }
}

/** The signatures of one key: a few at work, the others in a row. */
class Lane {
  readonly gate: Gate
  readonly #waiting: (() => void)[] = []
  #working = 0

  constructor (gate: Gate) {
    this.gate = gate
  }

  /** Settles when the turn has come, with the milliseconds that it took. */
  async turn (): Promise<number> {
    if (this.#working < parallel) {
      this.#working++
      return 0
    }
    const sinceMs = performance.now()
    await new Promise<void>(resolve => { this.#waiting.push(resolve) })
    return performance.now() - sinceMs
  }

  /** Hands the turn on. */
  pass (): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#working--
    else next()
  }
}
