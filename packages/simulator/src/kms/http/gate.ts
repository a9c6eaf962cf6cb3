/** Holds up what wants to pass while it is shut. */
export class Gate {
  #isShut = false
  #waiting: (() => void)[] = []

  /** Goes on at once, or in its turn when the gate opens. */
  pass (goOn: () => void): void {
    if (this.#isShut) this.#waiting.push(goOn)
    else goOn()
  }

  shut (): void {
    this.#isShut = true
  }

  open (): void {
    this.#isShut = false
    for (const goOn of this.#waiting.splice(0)) goOn()
  }
}
