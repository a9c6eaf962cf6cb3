import { EnclaveError } from '@enclave-signer/protocol'

/** Makes equal work for one id that is asked for at the same time happen once, and different work for it happen in turn. */
export class SingleFlight<T> {
  readonly #flights = new Map<string, { readonly work: string, readonly result: Promise<T> }>()
  readonly #maxFlights: number

  constructor (maxFlights: number) {
    this.#maxFlights = maxFlights
  }

  /**
   * The result of `run`, or of an equal one that is under way.
   *
   * @param id - Whose work it is.
   * @param work - What the work is: two texts that are equal mean the same work.
   * @throws EnclaveError `OVERLOADED` when too much is under way; and what `run` throws.
   */
  async do (id: string, work: string, run: () => Promise<T>): Promise<T> {
    for (;;) {
      const flight = this.#flights.get(id)
      if (flight === undefined) return await this.#start(id, work, run)
      if (flight.work === work) return await flight.result
      await flight.result.catch(() => undefined)
    }
  }

  #start (id: string, work: string, run: () => Promise<T>): Promise<T> {
    if (this.#flights.size >= this.#maxFlights) throw new EnclaveError('OVERLOADED', `${this.#flights.size} keys are being unsealed already`)
    const result = run().finally(() => { this.#flights.delete(id) })
    this.#flights.set(id, { work, result })
    return result
  }
}
