/** Sequences that are being written: until that has ended, a key counts as being at the highest of them. */
export class Claims {
  readonly #claims = new Map<string, { highest: number, waiting: number }>()

  /** The highest sequence that is being written for a key. */
  highest (keyId: string): number | undefined {
    return this.#claims.get(keyId)?.highest
  }

  /** `sequence` is above {@link highest}. */
  add (keyId: string, sequence: number): void {
    const waiting = this.#claims.get(keyId)?.waiting ?? 0
    this.#claims.set(keyId, { highest: sequence, waiting: waiting + 1 })
  }

  /** It has been written, or has failed to. */
  settle (keyId: string): void {
    const claim = this.#claims.get(keyId)
    if (claim !== undefined && --claim.waiting === 0) this.#claims.delete(keyId)
  }
}
