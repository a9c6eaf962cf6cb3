import { hash, timingSafeEqual } from 'node:crypto'

import type { Caller } from '../caller.ts'

/** SHA-256 of a token, 32 bytes. */
export function sha256Of (token: string): Buffer {
  return hash('sha256', token, 'buffer')
}

/** Bearer tokens, of which only the SHA-256 is known. */
export class Tokens {
  readonly #known: readonly { sha256: Buffer, caller: Caller }[]

  /** An entry is the SHA-256 of a token in 64 hexadecimal digits. */
  constructor (known: readonly { entry: string, caller: Caller }[]) {
    this.#known = known.map(({ entry, caller }) => ({ sha256: Buffer.from(entry, 'hex'), caller }))
  }

  /** Whose token it is. Looks at every one, in constant time each, so that the time taken tells nothing of those it knows. */
  callerOf (sha256: Buffer): Caller | undefined {
    let found: Caller | undefined
    for (const known of this.#known) {
      if (timingSafeEqual(known.sha256, sha256)) found = known.caller
    }
    return found
  }
}
