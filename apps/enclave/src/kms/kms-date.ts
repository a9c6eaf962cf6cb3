import { request } from 'node:https'
import type { Agent } from 'node:https'
import type { ClockReading } from '../clock.ts'

/** HTTP's `Date` has whole seconds (RFC 9110 section 5.6.7). */
const stepMs = 1000

/** What a `Date` header says of a clock; nothing where it says no time. */
export function readDate (date: string | undefined, askedMs: number, answeredMs: number): ClockReading | undefined {
  const theirMs = date === undefined ? Number.NaN : Date.parse(date)
  return Number.isNaN(theirMs) ? undefined : { theirMs, stepMs, askedMs, answeredMs }
}

/** The `Date` header of an HTTP response of the SDK's, which gives it out as `unknown`. */
export function dateHeaderOf (response: unknown): string | undefined {
  const { headers } = response as { headers?: Readonly<Record<string, string>> }
  return headers?.date
}

/** How KMS is asked for the time. */
export interface DateQuestion {
  /** Over whose connections: those that end at KMS and nowhere else. */
  readonly agent: Agent
  readonly host: string
  readonly timeoutMs: number
  /** See {@link Clock.kernelNow}. */
  readonly now: () => number
}

/**
 * What time it is at KMS: any answer over its TLS says so, and a request without credentials or content is enough for one.
 *
 * @returns nothing when the answer had no usable `Date`.
 * @throws an Error of the connection, or when `timeoutMs` have passed.
 */
export async function askDate ({ agent, host, timeoutMs, now }: DateQuestion): Promise<ClockReading | undefined> {
  const askedMs = now()
  return await new Promise((resolve, reject) => {
    const asking = request({ agent, host, method: 'GET', path: '/', signal: AbortSignal.timeout(timeoutMs) }, response => {
      resolve(readDate(response.headers.date, askedMs, now()))
      response.resume()
    })
    asking.on('error', reject)
    asking.end()
  })
}
