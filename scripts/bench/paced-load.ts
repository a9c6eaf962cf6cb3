import { once } from 'node:events'
import { createConnection } from 'node:net'
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

import type { LoadResult, LoadTarget } from './wrk.ts'

/** How much load for how long; `rate` is requests a second. */
export interface Pace {
  rate: number
  connections: number
  seconds: number
}

/**
 * Repeats a POST at a fixed rate and measures each from the moment it was due, so that a stall counts against every
 * request that had to wait for it.
 */
export async function runPaced (target: LoadTarget, { rate, connections, seconds }: Pace): Promise<LoadResult> {
  const total = Math.floor(rate * seconds)
  const load = new PacedLoad(target, { rate, total })
  await load.connect(connections)
  while (load.sent < total) {
    load.sendDue()
    await sleep(1)
  }
  for (let waited = 0; load.waiting > 0 && waited < 2000; waited += 10) await sleep(10)
  load.close()
  return load.result(seconds)
}

class PacedLoad {
  sent = 0
  readonly #rate: number
  readonly #total: number
  readonly #request: Buffer
  readonly #host: string
  readonly #port: number
  readonly #idle: Socket[] = []
  readonly #all: Socket[] = []
  readonly #latenciesMs: number[] = []
  #startedMs = 0
  #failed = 0

  constructor ({ url, body }: LoadTarget, { rate, total }: { rate: number, total: number }) {
    const { hostname, port, pathname } = new URL(url)
    this.#rate = rate
    this.#total = total
    this.#host = hostname
    this.#port = Number(port)
    this.#request = Buffer.from(`POST ${pathname} HTTP/1.1\r\nhost: ${hostname}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
  }

  async connect (connections: number): Promise<void> {
    for (let index = 0; index < connections; index++) {
      const socket = createConnection({ host: this.#host, port: this.#port, noDelay: true })
      await once(socket, 'connect')
      this.#idle.push(socket)
      this.#all.push(socket)
    }
    this.#startedMs = performance.now()
  }

  sendDue (): void {
    const due = Math.min(this.#total, (performance.now() - this.#startedMs) / 1000 * this.#rate)
    while (this.sent < due) {
      const socket = this.#idle.pop()
      if (socket === undefined) return
      this.#send(socket, this.#startedMs + this.sent++ / this.#rate * 1000)
    }
  }

  /** Requests without an answer. */
  get waiting (): number {
    return this.#all.length - this.#idle.length
  }

  close (): void {
    for (const socket of this.#all) socket.destroy()
  }

  result (seconds: number): LoadResult {
    const sorted = this.#latenciesMs.toSorted((a, b) => a - b)
    const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? NaN
    const failed = this.#failed + this.sent - sorted.length
    return { requests: sorted.length, failed, requestsPerSecond: sorted.length / seconds, p50Ms: at(0.5), p99Ms: at(0.99) }
  }

  #send (socket: Socket, dueMs: number): void {
    socket.write(this.#request)
    socket.once('data', (answer: Buffer) => {
      this.#latenciesMs.push(performance.now() - dueMs)
      if (!answer.subarray(0, 12).equals(Buffer.from('HTTP/1.1 200'))) this.#failed++
      this.#idle.push(socket)
      this.sendDue()
    })
  }
}
